"""Sketches: which files may hold the same lines is known from small samples, and never wrongly denied."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from glider.importer import sketches
from glider.importer.line_hashes import line_hashes
from glider.importer.sketches import SAMPLE, Sketch, sketches_of
from tests.glider.importer.test_line_hashes import SALE, frame


def sketch(*numbers: int, below: int = 2**64) -> Sketch:
    return Sketch(len(numbers), Decimal(1), np.array(sorted(numbers), dtype=np.uint64), below)


def sampled(count: int, first: int, kept: int) -> Sketch:
    """Of `count` lines spread evenly from `first` on, the lowest `kept`."""
    step = 2**64 // count
    numbers = [first + place * step for place in range(kept)]
    return sketch(*numbers, below=first + kept * step)


def test_whole_files_with_a_common_line_may_overlap() -> None:
    assert sketch(1, 2, 3).may_overlap(sketch(3, 4))
    assert not sketch(1, 2, 3).may_overlap(sketch(4, 5))
    assert not sketch(1).may_overlap(sketch())


def test_two_large_files_are_told_apart_by_their_samples() -> None:
    one = sampled(10**9, 5, SAMPLE)
    assert one.may_overlap(one)
    assert not one.may_overlap(sampled(10**9, 6, SAMPLE))


def test_a_few_common_lines_of_many_do_not_matter() -> None:
    one = sampled(10**6, 5, SAMPLE)
    other = sketch(*map(int, one.sample[:100]), *(int(each) + 1 for each in one.sample[100:]), below=one.below)
    assert not one.may_overlap(other)


def test_a_small_file_beside_the_sample_of_a_large_one_stays_open() -> None:
    large = sampled(10**9, 5, SAMPLE)
    assert large.may_overlap(sketch(2**63, 2**63 + 1))
    assert sketch(2**63).may_overlap(large)


def test_what_is_stored_is_what_was_made() -> None:
    one = sampled(10**9, 5, SAMPLE)
    read = Sketch.of(one.fields())
    assert read
    assert (read.lines, read.money, read.below, read.sample.tolist()) == (
        one.lines,
        one.money,
        one.below,
        one.sample.tolist(),
    )


def test_hashes_of_another_rule_are_not_compared() -> None:
    assert Sketch.of({**sketch(1).fields(), "rule": 0}) is None


@pytest.mark.parametrize(("count", "kept"), [(10, 10), (200, 64)])
def test_a_sketch_has_the_lowest_hashes_of_a_period(
    count: int, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sketches, "SAMPLE", 64)
    path = tmp_path / "lines.parquet"
    frame(*({**SALE, "quantity": n, "net": Decimal(n)} for n in range(1, count + 1))).collect().write_parquet(path)
    found = sketches_of({"2025-07": path}, {"2025-07": count})["2025-07"]
    every = sorted(line_hashes(pl.scan_parquet(path)).collect()["line"])
    assert (found.lines, found.money) == (count, Decimal("0.5") * count)
    assert found.sample.tolist() == every[:kept]
    assert found.below == (2**64 if count == kept else every[kept])


def test_of_very_many_lines_only_those_below_a_bound_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "SAMPLE", 4)
    path = tmp_path / "lines.parquet"
    frame(*({**SALE, "quantity": n, "net": Decimal(n)} for n in range(1, 1001))).collect().write_parquet(path)
    found = sketches_of({"2025-07": path}, {"2025-07": 1000})["2025-07"]
    every = sorted(line_hashes(pl.scan_parquet(path)).collect()["line"])
    assert found.sample.tolist() == every[:4]
    assert found.below == every[4] < 2**64 * 32 // 1000


def test_a_period_without_money_has_no_sketch(tmp_path: Path) -> None:
    path = tmp_path / "lines.parquet"
    frame({**SALE, "net": Decimal(0)}).collect().write_parquet(path)
    assert sketches_of({"2025-07": path}, {"2025-07": 1}) == {}
