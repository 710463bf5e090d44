"""The control totals: identities that must hold before a file is FINALIZED."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any
from uuid import uuid4

import pytest

from glider.contract import Check, CleaningResult, ImporterResult, SalesObject
from salesfiles.services.control_totals import all_checks, describe_failures

BIG = Decimal("12345678901234567890.123456789012345678")
MORE = Decimal("12345678901234567890.123456789012345679")


def results(net: Decimal, rate: Decimal, **importer: Any) -> tuple[CleaningResult, ImporterResult]:
    with localcontext(prec=60):
        return _results(net, rate, importer)


def _results(net: Decimal, rate: Decimal, changes: dict[str, Any]) -> tuple[CleaningResult, ImporterResult]:
    cleaning = CleaningResult(
        job=uuid4(), rows_read=5, accepted=3, rejected=1, skipped=1, net_read=net + 1, net_accepted=net,
        net_rejected=Decimal(1), net_by_currency={"USD": net},
    )  # fmt: skip
    part = SalesObject(period="2025-01", key="k", rows=3, quantity=3, net=net, revenue=net * rate)
    result = ImporterResult(job=uuid4(), total_rows=3, total_local=net * rate, parts=[part])
    return cleaning, result.model_copy(update=changes)


def failures(cleaning: CleaningResult, importer: ImporterResult, rate: Decimal = Decimal(1)) -> list[str]:
    rates = dict.fromkeys(cleaning.net_by_currency, rate)
    return [check.name for check in all_checks(cleaning, importer, rates) if not check.tied]


def test_exact_numbers_of_any_size_tie() -> None:
    assert failures(*results(BIG, Decimal(1))) == []


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"rows_read": 6}, ["rows read = accepted + rejected + skipped"]),
        ({"net_read": BIG}, ["net read = net accepted + net rejected"]),
        ({"net_by_currency": {"USD": MORE}}, ["net by currency = net accepted"]),
        ({"checks": [Check(name="footer", expected="1", found="2", tied=False)]}, ["footer"]),
    ],
)
def test_what_cleaning_reports_must_tie(change: dict[str, Any], names: list[str]) -> None:
    cleaning, importer = results(BIG, Decimal(1))
    assert failures(cleaning.model_copy(update=change), importer) == names


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"total_rows": 2}, ["lines imported = lines accepted"]),
        ({"total_local": MORE}, ["revenue by period = total", "net at the exchange rate = total"]),
        (
            {"parts": []},
            ["lines by period = lines accepted", "net by period = net accepted", "revenue by period = total"],
        ),
        ({"checks": [Check(name="parquet", expected="1", found="2", tied=False)]}, ["parquet"]),
    ],
)
def test_what_the_importer_reports_must_tie(change: dict[str, Any], names: list[str]) -> None:
    assert failures(*results(BIG, Decimal(1), **change)) == names


def test_a_rate_leaves_half_a_unit_of_the_last_place_for_each_line() -> None:
    rate = Decimal("0.333333333333333333")
    cleaning, importer = results(Decimal("0.000000000000000001"), rate)
    parts = [importer.parts[0].model_copy(update={"revenue": Decimal("1e-18")})]
    near = importer.model_copy(update={"total_local": Decimal("1e-18"), "parts": parts})
    assert failures(cleaning, near, rate) == []
    parts = [importer.parts[0].model_copy(update={"revenue": Decimal("3e-18")})]
    far = importer.model_copy(update={"total_local": Decimal("3e-18"), "parts": parts})
    assert failures(cleaning, far, rate) == ["net at the exchange rate = total"]


def test_the_wrong_rate_does_not_tie() -> None:
    assert failures(*results(Decimal("100"), Decimal("0.92")), rate=Decimal(1)) == ["net at the exchange rate = total"]


def test_the_sentence_names_each_check_that_does_not_tie() -> None:
    checks = [
        Check(name="a", expected="1", found="1", tied=True),
        Check(name="b", expected="1", found="2", tied=False),
    ]
    assert describe_failures(checks) == "These numbers do not tie. b: expected 1, found 2."
    assert describe_failures(checks[:1]) == ""


def test_an_identity_that_both_checked_is_listed_once_and_ties_only_for_both() -> None:
    name = "rows read = accepted + rejected + skipped"
    cleaning, importer = results(BIG, Decimal(1))
    wrong = Check(name=name, expected="5", found="4", tied=False)
    checks = all_checks(cleaning.model_copy(update={"checks": [wrong]}), importer, {"USD": Decimal(1)})
    assert [check for check in checks if check.name == name] == [wrong]
