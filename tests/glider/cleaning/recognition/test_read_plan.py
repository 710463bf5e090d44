"""Read plans: the decimal mark of a column is that of its cells, wherever in it they show it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import believe, drive


def cause_of(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        drive(content, folder)
    return failed.value.cause, failed.value.message


def test_a_comma_as_decimal_mark_is_found_in_the_column(tmp_path: Path) -> None:
    driven = drive(believe(("1.234,50", "1.049,325"), ("0,5", "0,425"), ("", "(1)")), tmp_path)
    assert driven.figures.net_accepted == Decimal("1048.75")
    assert driven.accepted["gross"].to_list() == [Decimal("1234.5"), Decimal("0.5"), None]


def test_a_point_in_a_comma_layout_is_found_too(tmp_path: Path) -> None:
    assert drive(believe(("1234.5", "1049.3250")), tmp_path).figures.net_accepted == Decimal("1049.325")


def test_amounts_that_can_be_read_two_ways_are_refused(tmp_path: Path) -> None:
    cause, message = cause_of(believe(("1.234", "1.049"), ("5", "4")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'Net Revenue'" in message or "'Gross Revenue'" in message


def test_the_evidence_may_be_anywhere_in_the_column(tmp_path: Path) -> None:
    pairs = [("1.234", "1.049")] * 5000 + [("0,5", "0,4250")]
    assert drive(believe(*pairs), tmp_path).figures.net_accepted == 1049 * 5000 + Decimal("0.425")
