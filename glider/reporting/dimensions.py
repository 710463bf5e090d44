"""Dimensions: the four short texts of a report line (DSP, territory, usage, currency) as one number.

The numbers are in the order of the texts, so that lines are sorted and grouped by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final

import polars as pl

DIMS: Final = ("dsp", "territory", "usage", "currency")


@dataclass(frozen=True)
class Dimensions:
    """`values`: for each of `DIMS` the texts that occur, sorted."""

    values: tuple[pl.Series, ...]

    @classmethod
    def of(cls, lines: pl.LazyFrame) -> Dimensions:
        """The dimensions of `lines`, which have no null in `DIMS`."""
        found = pl.collect_all([lines.select(pl.col(name).unique().sort()) for name in DIMS], engine="streaming")
        return cls(tuple(frame.to_series() for frame in found))

    def code(self) -> pl.Expr:
        """The number of a line: its four texts as the digits of a number with mixed bases."""
        places = (
            pl.col(values.name).cast(pl.Enum(values)).to_physical().cast(pl.UInt64) * self._step(n)
            for n, values in enumerate(self.values)
        )
        return pl.sum_horizontal(places)

    def texts(self, codes: pl.Series) -> pl.DataFrame:
        """The texts of the numbers `codes`, as columns `DIMS`."""
        return pl.DataFrame(
            [
                values.gather(codes // self._step(n) % max(1, len(values))).alias(values.name)
                for n, values in enumerate(self.values)
            ]
        )

    def _step(self, n: int) -> int:
        return prod(len(values) for values in self.values[n + 1 :])

    def by_currency(self, groups: pl.DataFrame, sums: tuple[str, ...]) -> pl.DataFrame:
        """The `sums` of `groups` (with the number `dim`) by currency."""
        # The currency is the last of the four texts, so that it is the remainder of the number.
        currencies = self.values[-1]
        found = groups.group_by((pl.col("dim") % max(1, len(currencies))).alias("dim")).agg(pl.col(sums).sum())
        return found.select(currencies.gather(found["dim"]).alias("currency"), *sums)
