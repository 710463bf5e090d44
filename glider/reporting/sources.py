"""Sources: the sales files of each report line, as one bit for each file while lines are summed, then as uuids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

BITS: Final = 64


@dataclass(frozen=True)
class Sources:
    """`uuids` are those of the files of a month, sorted; the column `file` of a line is its file's place in them."""

    uuids: list[str]

    @property
    def _columns(self) -> list[str]:
        return [f"files_{n}" for n in range(-(-len(self.uuids) // BITS))]

    def masks(self) -> list[pl.Expr]:
        """One column for every 64 files, with the bit of the line's file."""
        return [self._mask(n).alias(name) for n, name in enumerate(self._columns)]

    def _mask(self, n: int) -> pl.Expr:
        places = range(n * BITS, min((n + 1) * BITS, len(self.uuids)))
        bits = [1 << (place % BITS) for place in places]
        return pl.col("file").replace_strict(list(places), bits, default=0, return_dtype=pl.UInt64)

    def union(self) -> list[pl.Expr]:
        """The masks of a group of lines, with the bits of all its files."""
        return [pl.col(name).bitwise_or() for name in self._columns]

    def names(self, lines: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """The different sets of files, as uuids separated by spaces, and the place of each line's set among them."""
        masks = lines.select(self._columns)
        different = masks.unique(maintain_order=True).with_row_index("set")
        named = pl.concat([self._sets_with(different, place) for place in range(len(self.uuids))])
        texts = named.group_by("set", maintain_order=True).agg(pl.col("files").str.join(" ")).sort("set")["files"]
        return texts, masks.join(different, on=self._columns, how="left", maintain_order="left")["set"]

    def _sets_with(self, sets: pl.DataFrame, place: int) -> pl.DataFrame:
        bit = pl.lit(1 << (place % BITS), dtype=pl.UInt64)
        found = sets.filter(pl.col(self._columns[place // BITS]) & bit != 0)
        return found.select("set", pl.lit(self.uuids[place]).alias("files"))
