"""Records that are unknown could hold money: the report is refused. Those of two companies' own are passed over."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.readers.ddex.reports import (
    royalties,
)
from tests.glider.driving import drive


def failed(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


@pytest.mark.parametrize("kind", ["LI01.09", "XX99", "SU03.77"])
def test_records_of_an_unknown_type_or_version_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    content = royalties().replace("MW01.02", kind)
    cause, message = failed(content, tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert f"records of the type {kind}" in message
    assert "line 4" in message


def test_deal_specific_records_are_passed_over(tmp_path: Path) -> None:
    lines = royalties().splitlines()
    driven = drive("\n".join([*lines[:-1], "DE01\twhatever", lines[-1]]) + "\n", tmp_path)
    assert driven.figures.net_accepted == Decimal("4.75")
