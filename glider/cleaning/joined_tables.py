"""Tables of one layout and one header read as one: nine hundred members of a line each cost as much as one of them.

Only what could not be read in another way is joined, and who reads it looks whether anything was odd: then each member
is read by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

import numpy as np
import polars as pl

from glider.canonical.interning import interned
from glider.cleaning.input.line_sets import Numbers
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.sale_lines.currency import is_open

LEAST_TABLES: Final = 8  # fewer are quickly read one by one
MOST_LINES: Final = 10_000  # of a table that is joined


@dataclass(frozen=True)
class JoinedTables:
    """The `tables` that a text was joined of. `starts`: the number, from 1, of the first line of each in that text."""

    tables: tuple[Table, ...]
    starts: Numbers

    def numbers(self, lines: pl.Expr) -> pl.Expr:
        """The numbers, in its own member, of lines of the joined text."""
        first = np.array([table.first_line for table in self.tables], dtype=np.int64)

        def own(batch: pl.Series) -> pl.Series:
            numbers = batch.cast(pl.Int64).to_numpy()
            place = self._places(numbers)
            return pl.Series(numbers - self.starts[place] + first[place])

        return lines.map_batches(own, pl.Int64, is_elementwise=True)

    def members(self, lines: pl.Expr) -> pl.Expr:
        """The names of the members of lines of the joined text, as interned texts."""
        names = pl.Series([table.member for table in self.tables])
        found = lines.map_batches(
            lambda batch: names.gather(self._places(batch.cast(pl.Int64).to_numpy())), pl.String, is_elementwise=True
        )
        return interned(found)

    def _places(self, numbers: Numbers) -> Numbers:
        return np.searchsorted(self.starts, numbers, side="right") - 1


def groups_of(tables: Sequence[Table]) -> list[list[Table]]:
    """Cut `tables` into groups to be read together, in the order of their first members; most have one table."""
    groups: dict[Hashable, list[Table]] = {}
    for place, table in enumerate(tables):
        groups.setdefault(_key(table) if _can_be_joined(table) else place, []).append(table)
    found: list[list[Table]] = []
    for group in groups.values():
        found += [group] if len(group) >= LEAST_TABLES else [[table] for table in group]
    return found


def _can_be_joined(table: Table) -> bool:
    """Whether nothing of `table` depends on where it begins or ends, or on what it is called."""
    layout = table.header.layout
    plain = table.parquet is None and table.blanks is None and table.header.line >= 0 and 0 < table.lines <= MOST_LINES
    return (
        plain
        and layout.stop is None
        and not layout.totals.footer
        and not layout.totals.preamble
        and not any(rule.file for rule in layout.skip)
        and not is_open(table)
    )


def _key(table: Table) -> Hashable:
    header, text = table.header, table.text
    form = (header.layout.name, header.cells, header.delimiter, header.line, header.preamble, header.missing)
    return (*form, table.sheet, table.metadata, text.encoding, text.decomposed)


def joined(group: Sequence[Table], path: Path) -> Table:
    """Write the lines of `group` below one header to `path`, and return them as one table."""
    first, lines = group[0], group[0].header.line + 1
    starts = []
    with path.open("wb") as target:
        with first.text.path.open("rb") as source:
            target.writelines(source.readline() for _ in range(lines))
        for table in group:
            starts.append(lines + 1)
            lines += table.lines
            _append(table, target)
    warnings = tuple(dict.fromkeys(warning for table in group for warning in table.text.warnings))
    density = max(table.text.density for table in group)
    text = replace(first.text, path=path, lines=lines, warnings=warnings, density=density)
    parts = JoinedTables(tuple(group), np.array(starts, dtype=np.int64))
    return replace(first, text=text, member="", joined=parts)


def _append(table: Table, target: IO[bytes]) -> None:
    with table.text.path.open("rb") as source:
        for _ in range(table.header.line + 1):
            source.readline()
        rest = source.read()
    target.write(rest if rest.endswith(b"\n") else rest + b"\n")
