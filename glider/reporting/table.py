"""The table of a report: its lines on disk, month by month; what repeats is stored once, in memory.

A line is spread over four tables: `lines` (Parquet: the sums, and the line's places in the other three), `dims`
(period, DSP, territory, usage, currency), `subjects` (items of the catalogue, or what is not in it) and `files`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import AMOUNT
from glider.contract import Cause, ReportKind, SalesTotals
from glider.errors import JobFailed
from glider.reporting.catalogue import SHOWN, Catalogue
from glider.reporting.dimensions import DIMS
from glider.reporting.group import SUMS, UNMATCHED, Grouped
from glider.reporting.match import IDENTITY
from glider.reporting.suggest import suggested
from oas.kernel.totals import has_exact_sums

GROUP: Final = ("kind", "key")
_SHOWN_OF_GROUP: Final = ("reason", "title", *IDENTITY)
SUGGESTED: Final = ("suggested_reference", "suggested_artist", "suggested_title", "score")
_TOTALS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "rows": pl.Int64,
    "quantity": pl.Int64,
    **dict.fromkeys(("gross", "net", "revenue"), AMOUNT),
}


@dataclass
class TableBuilder:
    """Builds the table of a report: `add` each group of lines in the order of the report, then `table`."""

    folder: Path
    catalogue: Catalogue
    kind: ReportKind
    height: int = 0
    read: int = 0  # sale lines
    _paths: list[Path] = field(default_factory=list)
    _dims: list[pl.DataFrame] = field(default_factory=list)
    _dims_height: int = 0
    _files: list[pl.Series] = field(default_factory=list)
    _files_height: int = 0
    _subjects: pl.DataFrame = field(default_factory=lambda: _empty_subjects())
    _groups: list[pl.DataFrame] = field(default_factory=list)
    _sums: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    def add(self, period: str, grouped: Grouped) -> None:
        """Write the lines of `grouped` to the folder, and add their sums to the totals.

        Raises JobFailed when they come to more than can be added up.
        """
        for name in ("matched", "unmatched", "everything"):
            self._sums.setdefault(name, []).append(getattr(grouped, name))
        _refuse_too_large(self._sums["everything"])
        self.read += int(grouped.everything["rows"].sum())
        if grouped.lines.is_empty():
            return
        lines = grouped.lines.with_columns(pl.col("dim") + self._dims_height, pl.col("files") + self._files_height)
        if grouped.subjects is not None:
            lines = self._with_subjects(lines, grouped.subjects)
        stated = pl.when(pl.col("stated") > 0).then("gross").alias("gross")
        path = self.folder / f"lines-{len(self._paths):06}.parquet"
        columns = ("dim", "subject", "files", "rows", "quantity", stated, "net", "revenue")
        lines.select(columns).write_parquet(path, compression="lz4", statistics=False)
        self._paths.append(path)
        self._dims.append(grouped.dims.select(pl.lit(period).alias("period"), *DIMS))
        self._dims_height += grouped.dims.height
        self._files.append(grouped.files)
        self._files_height += grouped.files.len()
        self.height += lines.height

    def totals(self, name: str) -> SalesTotals:
        """The totals called `name`: matched, unmatched or everything."""
        return _totals(self._sums.get(name, []))

    def table(self) -> Table:
        """The table of all lines that were added; for UNMATCHED with the groups and their suggestions."""
        dims = pl.concat(self._dims) if self._dims else pl.DataFrame(schema=dict.fromkeys(("period", *DIMS), pl.String))
        lines = pl.scan_parquet(self._paths, glob=False) if self._paths else _no_lines().lazy()
        files = pl.DataFrame([pl.concat(self._files) if self._files else pl.Series("files", [], pl.String)])
        if self.kind is ReportKind.MONTHLY:
            return Table(lines, dims, self.catalogue.items.select(SHOWN), files, None)
        groups = suggested(_regroup(self._groups), self.catalogue)
        groups = groups.join(_suggestions(self.catalogue), on="suggestion", how="left", maintain_order="left")
        found = groups.select(*GROUP, *SUGGESTED)
        subjects = self._subjects.join(found, on=GROUP, how="left", maintain_order="left", nulls_equal=True)
        return Table(lines, dims, subjects.with_columns(pl.lit(None, pl.String).alias("reference")), files, groups)

    def _with_subjects(self, lines: pl.DataFrame, subjects: pl.DataFrame) -> pl.DataFrame:
        """`lines` with the numbers that `subjects` have in the whole report; their sums are added to their groups."""
        new = subjects.join(self._subjects, on=UNMATCHED, how="anti", nulls_equal=True, maintain_order="left")
        numbered = new.with_row_index("subject", self._subjects.height)
        self._subjects = pl.concat([self._subjects, numbered.select(self._subjects.columns)])
        joined = subjects.join(self._subjects, on=UNMATCHED, how="left", nulls_equal=True, maintain_order="left")
        sums = lines.group_by("subject").agg(pl.col(SUMS).sum())
        title = pl.when(pl.col("level") == "release").then("release").otherwise("track").alias("title")
        named = subjects.with_row_index("subject").join(sums, on="subject").with_columns(title)
        self._groups = [_regroup([*self._groups, named.select(*GROUP, *_SHOWN_OF_GROUP, *SUMS)])]
        return lines.with_columns(joined["subject"].gather(lines["subject"]).alias("subject"))


@dataclass(frozen=True)
class Table:
    """The tables of a report's lines (see the module), and `groups` of an UNMATCHED report.

    `groups` has the columns `GROUP`, `_SHOWN_OF_GROUP`, `SUMS`, suggestion and `SUGGESTED`; what earned most comes
    first.
    """

    lines: pl.LazyFrame
    dims: pl.DataFrame
    subjects: pl.DataFrame
    files: pl.DataFrame
    groups: pl.DataFrame | None


def _empty_subjects() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(UNMATCHED, pl.String), "subject": pl.UInt32})


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(("dim", "subject", "files"), pl.UInt32), **_TOTALS})


def _regroup(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """The groups of `parts`, one row for each alias that would match its lines.

    Of several spellings the first by the alphabet is shown. What was sold both as a release and as tracks is a track.
    """
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


def _refuse_too_large(everything: list[pl.DataFrame]) -> None:
    """Raise JobFailed if some sum of the report, or of a part of it, may have wrapped around."""
    names = [name for name in everything[0].columns if name.endswith("_magnitude")]
    if not has_exact_sums(pl.concat(everything).select(pl.col(names).sum())):
        raise too_large()


def too_large() -> JobFailed:
    """Return why a report whose sums are not exact is not made."""
    text = "The sales of these periods come to more than 10^20, which cannot be added up. Ask for fewer months."
    return JobFailed(Cause.TOTALS_TOO_LARGE, text)


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
