"""Sketches: samples of the line hashes of one sales file in one period, small enough to be compared with many others.

A sketch has the lowest `SAMPLE` different hashes. Of two files, the hashes below the lower of both bounds are all
known, so those that both have show which share of their lines is the same. The sketch of a small file is all of it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl

from glider.importer.line_hashes import LINE, RULE, Hashes, line_hashes
from oas.kernel.documents import Document

SAMPLE: Final = 4096
ENOUGH: Final = 64  # sampled hashes of either file from which on they show that hardly any line is the same
HARDLY: Final = 8  # one in so many
_ROOM: Final = 8  # how many times `SAMPLE` hashes are expected below the bound that is set beforehand
_END: Final = 2**64


@dataclass(frozen=True)
class Sketch:
    """`lines` and `money`: of the file in the period. `sample`: every different hash below `below`, sorted."""

    lines: int
    money: Decimal
    sample: Hashes
    below: int

    def may_overlap(self, other: Sketch) -> bool:
        """Return whether a good part of the lines of both may be the same: False is certain, or as good as certain."""
        bound = min(self.below, other.below)
        ours, theirs = self._below(bound), other._below(bound)
        same, fewest = len(np.intersect1d(ours, theirs, assume_unique=True)), min(len(ours), len(theirs))
        if bound == _END:
            return same > 0
        return fewest < ENOUGH or same * HARDLY >= fewest

    def _below(self, bound: int) -> Hashes:
        return self.sample if bound == _END else self.sample[: np.searchsorted(self.sample, np.uint64(bound))]

    def fields(self) -> Document:
        """Return what a document holds of the sketch."""
        sample = base64.b64encode(self.sample.astype("<u8").tobytes()).decode()
        return {
            "rule": RULE,
            "lines": self.lines,
            "money": format(self.money, "f"),
            "below": str(self.below),
            "sample": sample,
        }

    @classmethod
    def of(cls, document: Document) -> Self | None:
        """Return the sketch in `document`; None if its hashes were made by another rule."""
        if document["rule"] != RULE:
            return None
        sample = np.frombuffer(base64.b64decode(document["sample"]), dtype="<u8").astype(np.uint64)
        return cls(document["lines"], Decimal(document["money"]), sample, int(document["below"]))


def sketches_of(files: Mapping[str, Path], rows: Mapping[str, int]) -> dict[str, Sketch]:
    """Return period (YYYY-MM) → the sketch of its Parquet file in `files`, of so many `rows`.

    Periods without money have none.
    """
    if not files:
        return {}
    lines = pl.scan_parquet(list(files.values())).with_columns(pl.col("period").dt.strftime("%Y-%m"))
    bounds = {period: _bound(count) for period, count in rows.items()}
    with_money = lines.filter(pl.col("net") != 0).group_by("period")
    sums = with_money.agg(pl.len().alias("lines"), pl.col("revenue").abs().sum())
    sampled = line_hashes(lines, _is_sampled(bounds)).select("period", LINE).unique()
    found, samples = pl.collect_all([sums, sampled], engine="streaming")
    by_period = {str(period): part[LINE].sort().to_numpy() for (period,), part in samples.group_by("period")}
    nothing = np.zeros(0, dtype=np.uint64)
    return {
        period: _sketch(count, money, by_period.get(period, nothing), bounds[period])
        for period, count, money in found.iter_rows()
    }


def _bound(rows: int) -> int:
    """The bound below which a few times `SAMPLE` hashes of `rows` lines are expected: few are held in memory."""
    # Without its lower half, so that lines beyond it need not have their texts hashed.
    return _END if rows <= _ROOM * SAMPLE else (_END * _ROOM * SAMPLE // rows) >> 32 << 32


def _is_sampled(bounds: Mapping[str, int]) -> pl.Expr:
    highest = [bound - 1 for bound in bounds.values()]
    bound = pl.col("period").replace_strict(list(bounds), pl.Series(highest, dtype=pl.UInt64), return_dtype=pl.UInt64)
    return pl.col(LINE) <= bound


def _sketch(lines: int, money: Decimal, hashes: Hashes, bound: int) -> Sketch:
    # One hash more than is kept tells where the sample ends.
    is_cut = len(hashes) > SAMPLE
    return Sketch(lines, money, hashes[:SAMPLE].copy(), int(hashes[SAMPLE]) if is_cut else bound)
