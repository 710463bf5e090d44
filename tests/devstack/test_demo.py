"""How the demo writes amounts and progress (the demo as a whole: tests/e2e/test_demo.py)."""

from __future__ import annotations

from devstack.demo import money, percent, rate_line


def test_amounts_are_rounded_half_even_for_reading() -> None:
    assert [money(text) for text in ("0.125", "0.135", "-1234.5", "1E+3")] == ["0.12", "0.14", "-1,234.50", "1,000.00"]


def test_progress_is_of_both_modules_together() -> None:
    assert percent({"status": "CLEANING", "progress": {"module": "cleaning", "percent": 50}}) == 25
    assert percent({"status": "PROCESSING", "progress": {"module": "importer", "percent": 50}}) == 75
    assert percent({"status": "CLEANED", "progress": None}) == 0
    assert percent({"status": "FINALIZED", "progress": None}) == 100


def test_a_rate_is_shown_with_its_origin() -> None:
    rate = {"currency": "USD", "to_currency": "EUR", "rate": "0.92", "origin": "reference", "period": "2025-01"}
    assert rate_line({**rate, "source": "ECB, USD: mean of 22 days"}) == (
        "1 USD = 0.92 EUR (reference, 2025-01, ECB, USD: mean of 22 days)"
    )
    given = {**rate, "origin": "given", "period": "", "source": ""}
    assert rate_line(given) == "1 USD = 0.92 EUR (given)"
