"""Separators of a report, and those that belong to its texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.glider.cleaning.readers.ddex.reports import (
    royalties,
)
from tests.glider.driving import drive


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Lët Më Gët \| Thîś " + '"Rîght', 'Lët Më Gët | Thîś "Rîght'),
        (r"A\\|B", "A|B"),
        (r"A\\\B", "A\\B"),
        ("A\\\tB", "A B"),
        ("One|Two", "One, Two"),
    ],
)
def test_escaped_pipes_and_tabs_belong_to_the_text(written: str, meant: str, tmp_path: Path) -> None:
    driven = drive(royalties().replace("\tOne\t", f"\t{written}\t"), tmp_path)
    assert driven.accepted["track"].unique().to_list() == [meant]
