"""The delta of several contributions, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from oas.kernel.amounts import TotalsTooLarge
from totals.models import ALL, Dimension
from totals.services.contributions import DELTA
from totals.services.deltas import COLUMNS, changes_of


def row(file: int, sign: int, period: int, key: str, name: str, quantity: int, revenue: str) -> dict[str, Any]:
    texts = {"name": name, "artist": "", "isrc": "", "upc": ""}
    sums = {"rows": 1, "quantity": quantity, "revenue": Decimal(revenue)}
    fixed = {"dimension": Dimension.DSP.value, "stated": True}
    return {"file": file, "sign": sign, "period": period, "key": key, **fixed, **texts, **sums}


def changes(*rows: dict[str, Any]) -> dict[tuple[str, int], tuple[Any, ...]]:
    """By key and period: comes, name, files, rows, quantity, revenue."""
    table = changes_of(pl.DataFrame(rows, schema=DELTA))
    assert tuple(table.columns) == COLUMNS
    shown = ("comes", "name", "files", "rows", "quantity", "revenue")
    return {(each["key"], each["period"]): tuple(each[name] for name in shown) for each in table.to_dicts()}


def test_files_are_added_up_by_key_and_each_counts_once_in_however_many_rows() -> None:
    assert changes(
        row(1, 1, 202501, "spotify", "Spotify", 2, "1.50"),
        row(1, 1, 202502, "spotify", "Spotify", 3, "0.25"),
        row(2, 1, 202502, "spotify", "SPOTIFY", 5, "-1"),
    ) == {
        ("spotify", ALL): (True, "SPOTIFY", 2, 3, 10, Decimal("0.75")),
        ("spotify", 202501): (None, None, 1, 1, 2, Decimal("1.50")),
        ("spotify", 202502): (None, None, 2, 2, 8, Decimal("-0.75")),
    }


def test_what_is_taken_off_counts_the_other_way_and_names_nothing() -> None:
    assert changes(
        row(1, -1, 202501, "spotify", "Spotify", 2, "1.50"),
        row(1, 1, 202501, "deezer", "Deezer", 4, "1.50"),
    ) == {
        ("spotify", ALL): (False, None, -1, -1, -2, Decimal("-1.50")),
        ("spotify", 202501): (None, None, -1, -1, -2, Decimal("-1.50")),
        ("deezer", ALL): (True, "Deezer", 1, 1, 4, Decimal("1.50")),
        ("deezer", 202501): (None, None, 1, 1, 4, Decimal("1.50")),
    }


def test_a_reimport_of_the_same_lines_comes_to_nothing() -> None:
    found = changes(
        row(1, -1, 202501, "spotify", "Spotify", 2, "1.50"),
        row(1, 1, 202501, "spotify", "Spotify", 2, "1.50"),
    )
    assert found[("spotify", ALL)] == (True, "Spotify", 0, 0, 0, Decimal(0))


@pytest.mark.parametrize("amounts", [["90000000000000000000"] * 2, ["90000000000000000000"] * 4, ["5e19", "-5e19"]])
def test_sums_that_would_wrap_around_are_refused(amounts: list[str]) -> None:
    """Two of them come to a negative number in Polars, four to a plausible one."""
    with pytest.raises(TotalsTooLarge):
        changes(*(row(n, 1, 202501, "spotify", "Spotify", 1, amount) for n, amount in enumerate(amounts)))


def test_sums_up_to_the_bound_are_exact() -> None:
    amounts = ["49499999999999999999.999999999999999999", "49499999999999999999"]
    found = changes(*(row(n, 1, 202501, "spotify", "Spotify", 1, amount) for n, amount in enumerate(amounts)))
    assert found[("spotify", ALL)][-1] == Decimal("98999999999999999998.999999999999999999")
