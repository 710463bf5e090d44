"""The worked example of docs/reports.md: every figure against an independent sum, and the page against the figures.

`make docs` writes the page again.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from accounts.services import create_organisation
from glider.contract import UNMATCHED_REASONS
from tests.reports.example import oracle
from tests.reports.example.chain import FILES, FOLDER, Outcome, Row, play
from tests.reports.example.page import PAGE, TEMPLATE, page, revenue


@pytest.fixture
def organisation(db: None) -> Organisation:
    """The label of the example keeps its books in euros."""
    return create_organisation(name="Label A", currency="EUR")[0]


def test_every_figure_of_the_worked_example(alice_api: APIClient, organisation: Organisation, tmp_path: Path) -> None:
    outcome = play(alice_api, organisation, tmp_path)
    before, after = oracle.sales(FOLDER, FILES), oracle.sales(FOLDER, FILES, accepted=True)
    equal_to_sums(outcome.rows["MONTHLY"], oracle.summed(before, matched=True))
    equal_to_sums(outcome.rows["UNMATCHED"], oracle.summed(before, matched=False))
    equal_to_sums(outcome.rows["MONTHLY again"], oracle.summed(after, matched=True))
    assert outcome.rows["UNMATCHED again"] == []
    totals_are_right(outcome, before)
    page_is_right(outcome)


def equal_to_sums(rows: list[Row], expected: dict[oracle.Key, oracle.Sums]) -> None:
    found = {key_of(row): sums_of(row) for row in rows}
    assert found == expected
    assert len(rows) == len(expected)


def key_of(row: Row) -> oracle.Key:
    named = row["reference"] or row["isrc"] or f"{row['artist']}, {row['release']}"
    return oracle.Key(row["period"], row["dsp"], row["territory"], row["usage"], named, row["currency"])


def sums_of(row: Row) -> oracle.Sums:
    amounts = Decimal(row["net"]), Decimal(row["revenue"])
    return oracle.Sums(int(row["sale_lines"]), int(row["quantity"]), *amounts, row["source_files"])


def totals_are_right(outcome: Outcome, sold: list[oracle.Sale]) -> None:
    whole = sum((sale.revenue for sale in sold), Decimal(0))
    for first, second in (("MONTHLY", "UNMATCHED"), ("MONTHLY again", "UNMATCHED again")):
        assert revenue(outcome.rows[first]) + revenue(outcome.rows[second]) == whole
        for name in (first, second):  # each header says both halves
            totals = outcome.reports[name]["totals"]
            assert Decimal(totals["matched"]["revenue"]) == revenue(outcome.rows[first])
            assert Decimal(totals["unmatched"]["revenue"]) == revenue(outcome.rows[second])
            assert (Decimal(totals["everything"]["revenue"]), totals["everything"]["rows"]) == (whole, len(sold))
    assert Decimal(outcome.summary["total_gross_exact"]) == whole
    assert {row["name"]: Decimal(row["revenue"]) for row in outcome.by_dsp} == oracle.by_dsp(sold)
    for name, file in outcome.files.items():
        assert Decimal(file["total_local"]) == sum(sale.revenue for sale in sold if sale.file == name)


def page_is_right(outcome: Outcome) -> None:
    text = page(outcome)
    if os.environ.get("OAS_WRITE_DOCS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "docs/reports.md is out of date: run `make docs`"


def test_the_page_names_every_reason() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for code, words in UNMATCHED_REASONS.items():
        assert f"| {code} | {words} |" in text
