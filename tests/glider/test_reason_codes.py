"""Reason codes stand in results and in CSVs of users, so they stay; each belongs to one of two outcomes."""

from __future__ import annotations

from glider.reason_codes import REASONS, SKIPPING


def test_the_codes_of_skipped_and_of_rejected_lines_stay() -> None:
    assert set(SKIPPING) == {
        "blank_line", "total_line", "summary_line", "usage_line", "transfer", "no_sale", "nothing_of_kind",
        "repeated_header", "pending",
    }  # fmt: skip
    assert set(REASONS) - set(SKIPPING) == {
        "too_many_cells", "too_few_cells", "broken_quotes", "missing_net", "bad_net", "bad_gross",
        "other_decimal_mark", "other_currency", "bad_quantity",
        "missing_period", "bad_period", "bad_statement_period", "missing_currency", "bad_currency",
    }  # fmt: skip


def test_a_skipped_line_is_expected_to_hold_nothing_and_a_rejected_one_something() -> None:
    nothing = {code for code, reason in REASONS.items() if reason.expected.startswith("nothing: ")}
    assert nothing == set(SKIPPING)
