"""Staged lines: one file of lines with reasons, or a folder by period and reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glider.canonical.interning import stored_kind, with_strings
from glider.canonical.schema import CLEANED, IMPORTED, REASON
from glider.canonical.staged_lines import (
    path_of,
    periods_of,
    scan_accepted,
    scan_lines,
    write_by_period,
    write_few,
    write_lines,
)

LINES: list[dict[str, Any]] = [
    {"source_row": 1, "period": date(2025, 6, 1), "net": Decimal("0.5"), "reason": None},
    {"source_row": 2, "period": date(2025, 7, 1), "net": Decimal("-0.1"), "reason": None},
    {"source_row": 3, "period": date(2025, 7, 1), "net": None, "reason": "bad_net"},
    {"source_row": 4, "period": None, "net": None, "reason": "blank_line"},
    {"source_row": 5, "period": date(2025, 6, 1), "net": Decimal(2), "reason": None},
]


def staged(lines: list[dict[str, Any]]) -> pl.LazyFrame:
    kinds = {**CLEANED, REASON: pl.String}
    frame = pl.LazyFrame({name: [line.get(name) for line in lines] for name in kinds}, schema=kinds)
    return frame.select(pl.col(name).cast(stored_kind(kind)) for name, kind in kinds.items())


def rows(lines: pl.LazyFrame, *names: str) -> list[tuple[Any, ...]]:
    return with_strings(lines).select("source_row", *names).sort("source_row").collect().rows()


@pytest.mark.parametrize("write", [write_lines, write_few, write_by_period])
def test_every_line_comes_back_with_its_reason(tmp_path: Path, write: Any) -> None:
    target = tmp_path / "lines"
    write(staged(LINES), target)
    assert rows(scan_lines(target), REASON) == [(1, None), (2, None), (3, "bad_net"), (4, "blank_line"), (5, None)]
    assert rows(scan_accepted(target), "net") == [(1, Decimal("0.5")), (2, Decimal("-0.1")), (5, Decimal(2))]


@pytest.mark.parametrize("write", [write_lines, write_few, write_by_period])
def test_no_lines_are_staged_and_read_like_others(tmp_path: Path, write: Any) -> None:
    target = tmp_path / "lines"
    write(staged([]), target)
    assert (rows(scan_lines(target)), rows(scan_accepted(target))) == ([], [])


def test_a_folder_has_a_file_for_each_period_with_revenue_as_the_lake_has_it(tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    write_by_period(staged(LINES), folder)
    found = periods_of(folder)
    assert list(found) == ["2025-06", "2025-07"]
    june = pl.scan_parquet(found["2025-06"], hive_partitioning=False)
    assert june.collect_schema().names() == list(IMPORTED)
    assert rows(june, "net", "revenue") == [(1, Decimal("0.5"), Decimal("0.5")), (5, Decimal(2), Decimal(2))]


def test_a_file_at_the_path_of_a_period_is_found(tmp_path: Path) -> None:
    path = path_of(tmp_path, "2025-07")
    path.parent.mkdir(parents=True)
    path.touch()
    assert periods_of(tmp_path) == {"2025-07": path}
