"""Surveys a DDEX report before it is read: its head and foot, headings, summaries, and how many records of which type.

A record of an unknown type or version could hold money, so the report is refused with its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from glider.cleaning.readers.base import Source
from glider.cleaning.readers.ddex import text
from glider.cleaning.readers.ddex.records import TYPE, Cells, base, heading, known_records
from glider.cleaning.recognition.csv_table import ROW
from glider.contract import Cause
from glider.errors import JobFailed

MOST_SUMMARIES: Final = 1_000_000
KIND: Final = "kind"
LINE: Final = "line"
HEADS: Final = ("HEAD", "SRHE")
FEET: Final = ("FOOT", "SRFO")
_COMMENT: Final = "#"
_BLANK: Final = ""
_OTHER: Final = "?"  # a line that is no record


@dataclass(frozen=True)
class Survey:
    """What is known of one file of a report before its records are read.

    `counts`: records by type as written. `head` and `foot`: cells by name. `foot_row`: from 0, None without a foot.
    """

    source: Source
    cells: Cells
    counts: dict[str, int]
    head: Mapping[str, str]
    foot: Mapping[str, str]
    foot_row: int | None
    summaries: pl.DataFrame  # row, kind, list of cells

    def count(self, *kinds: str) -> int:
        """The number of records of `kinds`, of any version; a kind may be given by its first letters."""
        return sum(count for kind, count in self.counts.items() if kind.startswith(kinds))

    @property
    def file_number(self) -> int:
        """Which file of the report this is, from 1."""
        return _number(self.head.get("FileNumber"))

    @property
    def files(self) -> int:
        """How many files the report comes in."""
        return _number(self.head.get("NumberOfFiles"))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1


def record_lines(lines: pl.LazyFrame | pl.DataFrame) -> Any:
    """Add `kind`: the type of a record, `#` and the type of a heading, `#` of a comment, nothing if blank, else `?`."""
    first = pl.col(LINE).str.extract(r"^\ufeff?([^\t]*)").str.strip_chars().str.to_uppercase()
    kind = (
        pl.when(first.str.contains(rf"^#?(?:{TYPE})$"))
        .then(first)
        .when(first.str.starts_with(_COMMENT))
        .then(pl.lit(_COMMENT))
        .when(pl.col(LINE).str.strip_chars() == "")
        .then(pl.lit(_BLANK))
        .otherwise(pl.lit(_OTHER))
    )
    return lines.with_columns(kind.alias(KIND))


def survey(source: Source) -> Survey:
    """Survey `source`. Raises `JobFailed`: unknown_layout for unknown records, too_large for too many summaries."""
    lines = record_lines(pl.scan_lines(source.text.path, name=LINE, row_index_name=ROW, glob=False))
    kinds = (
        lines.group_by(KIND)
        .agg(pl.len().alias("count"), pl.col(ROW).min().alias("first"), pl.col(ROW).max().alias("last"))
        .collect(engine="streaming")
    )
    seen = {row[KIND]: row for row in kinds.to_dicts()}
    named = _headings(lines, seen)
    cells = Cells(named)
    _refuse_unknown(source, seen, cells)
    foot = next((seen[kind] for kind in FEET if kind in seen), None)
    return Survey(
        source=source,
        cells=cells,
        counts={kind: row["count"] for kind, row in seen.items() if kind and kind[0] not in (_COMMENT, _OTHER)},
        head=_record(lines, cells, next((seen[kind] for kind in HEADS if kind in seen), None), "first"),
        foot=_record(lines, cells, foot, "last"),
        foot_row=foot["last"] if foot else None,
        summaries=_summaries(lines, seen),
    )


def _headings(lines: pl.LazyFrame, seen: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[str, ...]]:
    rows = [row["first"] for kind, row in seen.items() if kind.startswith(_COMMENT) and kind != _COMMENT]
    if not rows:
        return {}
    texts = lines.head(max(rows) + 1).filter(pl.col(ROW).is_in(rows)).select(LINE).collect(engine="streaming")[LINE]
    return dict(named for line in texts if (named := heading(line)))


def _refuse_unknown(source: Source, seen: Mapping[str, Mapping[str, int]], cells: Cells) -> None:
    unknown = [kind for kind in seen if kind and not kind.startswith(_COMMENT) and not cells.knows(base_of(kind))]
    if not unknown:
        return
    kind = min(unknown, key=lambda name: seen[name]["first"])
    line = seen[kind]["first"] + 1
    what = f"records of the type {kind}" if kind != _OTHER else "lines that are no records"
    name = f"{source.name}: " if source.name else ""
    message = f"{name}The DDEX report has {what}, which OAS does not know; the first is line {line}."
    raise JobFailed(Cause.UNKNOWN_LAYOUT, message)


def base_of(kind: str) -> str:
    return base(kind) if kind in HEADS else kind


def _record(lines: pl.LazyFrame, cells: Cells, row: Mapping[str, Any] | None, which: str) -> dict[str, str]:
    """The cells of one record by name; of the `which` (first or last) of its type."""
    if row is None:
        return {}
    found = lines.slice(row[which], 1).select(text.cells(pl.col(LINE))).collect(engine="streaming")
    given: list[str] = found.to_series()[0].to_list()
    kind = base(row[KIND])
    places = ((name, cells.place(row[KIND], name)) for name in _names(kind))
    return {name: given[place].strip() for name, place in places if place is not None and place < len(given)}


def _names(kind: str) -> tuple[str, ...]:
    return known_records().cells.get(kind, ())


def _summaries(lines: pl.LazyFrame, seen: Mapping[str, Mapping[str, int]]) -> pl.DataFrame:
    rows = [row for kind, row in seen.items() if kind.startswith("SY")]
    if sum(row["count"] for row in rows) > MOST_SUMMARIES:
        raise JobFailed(Cause.TOO_LARGE, f"The DDEX report has more than {MOST_SUMMARIES} summary records.")
    wanted = lines.head(max((row["last"] + 1 for row in rows), default=0)).filter(pl.col(KIND).str.starts_with("SY"))
    return wanted.select(ROW, KIND, text.cells(pl.col(LINE)).alias("cells")).collect(engine="streaming")
