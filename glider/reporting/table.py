"""The lines of a report while it grows: kept on disk month by month, what repeats kept once in memory.

What a line says is in four places: `lines` (Parquet: the sums, and the numbers of the other three), `dims` (period,
DSP, territory, usage, currency), `things` (items of the catalogue; or what is not in it) and `files`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import AMOUNT
from glider.contract import ReportKind, SalesTotals
from glider.reporting.catalogue import SHOWN, Catalogue
from glider.reporting.dimensions import DIMS
from glider.reporting.group import SUMS, UNMATCHED, Grouped
from glider.reporting.match import IDENTITY
from glider.reporting.suggest import suggested

GROUP: Final = ("kind", "key")
_SHOWN_OF_GROUP: Final = ("reason", "title", *IDENTITY)
SUGGESTED: Final = ("suggested_reference", "suggested_artist", "suggested_title", "score")
_TOTALS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "rows": pl.Int64,
    "quantity": pl.Int64,
    **dict.fromkeys(("gross", "net", "revenue"), AMOUNT),
}


@dataclass
class Growing:
    """`add` takes what grouping gives, in order; `finished` when there is no more."""

    folder: Path
    catalogue: Catalogue
    kind: ReportKind
    height: int = 0
    read: int = 0  # sale lines
    _parts: list[Path] = field(default_factory=list)
    _dims: list[pl.DataFrame] = field(default_factory=list)
    _dims_height: int = 0
    _files: list[pl.Series] = field(default_factory=list)
    _files_height: int = 0
    _things: pl.DataFrame = field(default_factory=lambda: _empty_things())
    _groups: list[pl.DataFrame] = field(default_factory=list)
    _sums: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    def add(self, period: str, grouped: Grouped) -> None:
        for name in ("matched", "unmatched", "everything"):
            self._sums.setdefault(name, []).append(getattr(grouped, name))
        self.read += int(grouped.everything["rows"].sum())
        if grouped.lines.is_empty():
            return
        lines = grouped.lines.with_columns(pl.col("dim") + self._dims_height, pl.col("files") + self._files_height)
        if grouped.things is not None:
            lines = self._with_things(lines, grouped.things)
        stated = pl.when(pl.col("stated") > 0).then("gross").alias("gross")
        path = self.folder / f"lines-{len(self._parts):06}.parquet"
        columns = ("dim", "thing", "files", "rows", "quantity", stated, "net", "revenue")
        lines.select(columns).write_parquet(path, compression="lz4", statistics=False)
        self._parts.append(path)
        self._dims.append(grouped.dims.select(pl.lit(period).alias("period"), *DIMS))
        self._dims_height += grouped.dims.height
        self._files.append(grouped.files)
        self._files_height += grouped.files.len()
        self.height += lines.height

    def totals(self, name: str) -> SalesTotals:
        """`matched`, `unmatched` or `everything`."""
        return _totals(self._sums.get(name, []))

    def finished(self) -> Table:
        dims = pl.concat(self._dims) if self._dims else pl.DataFrame(schema=dict.fromkeys(("period", *DIMS), pl.String))
        lines = pl.scan_parquet(self._parts, glob=False) if self._parts else _no_lines().lazy()
        files = pl.DataFrame([pl.concat(self._files) if self._files else pl.Series("files", [], pl.String)])
        if self.kind is ReportKind.MONTHLY:
            return Table(lines, dims, self.catalogue.items.select(SHOWN), files, None)
        groups = suggested(_regrouped(self._groups), self.catalogue)
        groups = groups.join(_suggestions(self.catalogue), on="suggestion", how="left", maintain_order="left")
        found = groups.select(*GROUP, *SUGGESTED)
        things = self._things.join(found, on=GROUP, how="left", maintain_order="left", nulls_equal=True)
        return Table(lines, dims, things.with_columns(pl.lit(None, pl.String).alias("reference")), files, groups)

    def _with_things(self, lines: pl.DataFrame, things: pl.DataFrame) -> pl.DataFrame:
        """Things get their number in the whole report; what they earned is added to their groups."""
        new = things.join(self._things, on=UNMATCHED, how="anti", nulls_equal=True, maintain_order="left")
        numbered = new.with_row_index("thing", self._things.height)
        self._things = pl.concat([self._things, numbered.select(self._things.columns)])
        joined = things.join(self._things, on=UNMATCHED, how="left", nulls_equal=True, maintain_order="left")
        sums = lines.group_by("thing").agg(pl.col(SUMS).sum())
        title = pl.when(pl.col("level") == "release").then("release").otherwise("track").alias("title")
        named = things.with_row_index("thing").join(sums, on="thing").with_columns(title)
        self._groups = [_regrouped([*self._groups, named.select(*GROUP, *_SHOWN_OF_GROUP, *SUMS)])]
        return lines.with_columns(joined["thing"].gather(lines["thing"]).alias("thing"))


@dataclass(frozen=True)
class Table:
    """`groups` (UNMATCHED): `GROUP`, what to show of each, `SUMS`, suggestion, `SUGGESTED`; what earned most first."""

    lines: pl.LazyFrame
    dims: pl.DataFrame
    things: pl.DataFrame
    files: pl.DataFrame
    groups: pl.DataFrame | None


def _empty_things() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(UNMATCHED, pl.String), "thing": pl.UInt32})


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(("dim", "thing", "files"), pl.UInt32), **_TOTALS})


def _regrouped(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """One row per alias that is wanted; of different spellings the first by the alphabet is shown. What was sold both
    whole and in tracks is a track."""
    if not parts:
        schema = {**dict.fromkeys((*GROUP, *_SHOWN_OF_GROUP), pl.String), **_TOTALS, "stated": pl.Int64}
        return pl.DataFrame(schema=schema)
    shown = [pl.col(name).max() if name == "level" else pl.col(name).min() for name in _SHOWN_OF_GROUP]
    groups = pl.concat(parts).group_by(GROUP).agg(*shown, pl.col(SUMS).sum())
    return groups.sort(pl.col("revenue").abs(), *GROUP, descending=[True, False, False], nulls_last=True)


def _suggestions(catalogue: Catalogue) -> pl.DataFrame:
    return catalogue.items.select(
        pl.col("item").alias("suggestion"),
        pl.col("reference").alias("suggested_reference"),
        pl.col("artist").alias("suggested_artist"),
        pl.coalesce("track", "release").alias("suggested_title"),
        "track_id",
        pl.when(pl.col("track_id").is_null()).then("release_id").alias("release_id"),
    )


def _totals(parts: list[pl.DataFrame]) -> SalesTotals:
    if not parts:
        return SalesTotals()
    by_currency = pl.concat(parts).group_by("currency").agg(pl.col(SUMS).sum()).sort("currency")
    return SalesTotals(
        rows=by_currency["rows"].sum(),
        quantity=by_currency["quantity"].sum(),
        gross=dict(by_currency.filter(pl.col("stated") > 0).select("currency", "gross").iter_rows()),
        net=dict(by_currency.select("currency", "net").iter_rows()),
        revenue=by_currency["revenue"].sum(),
    )
