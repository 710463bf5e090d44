"""How the demo writes amounts and progress (the demo as a whole: tests/e2e/test_demo.py)."""

from __future__ import annotations

from devstack.demo import money, percent


def test_amounts_are_rounded_half_even_for_reading() -> None:
    assert [money(text) for text in ("0.125", "0.135", "-1234.5", "1E+3")] == ["0.12", "0.14", "-1,234.50", "1,000.00"]


def test_progress_is_of_both_modules_together() -> None:
    assert percent({"status": "CLEANING", "progress": {"module": "cleaning", "percent": 50}}) == 25
    assert percent({"status": "PROCESSING", "progress": {"module": "importer", "percent": 50}}) == 75
    assert percent({"status": "CLEANED", "progress": None}) == 0
    assert percent({"status": "FINALIZED", "progress": None}) == 100
