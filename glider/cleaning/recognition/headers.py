"""Finds the header of a table, and with it the layout: the first line that holds all of a layout's fingerprint.

Names are compared by `header_key` (case and spaces do not count), in any order; further columns are ignored. Of several
layouts that fit, the one that knows most names is taken, and two that know equally many are refused.

Vendors add, drop and rename columns. Where no line fits, a line counts that is near: it lacks one name of a
fingerprint, no number depends on it, and half of the layout's fields at least are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from glider.cleaning.recognition.column_map import ColumnMap
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.rules import header_key
from oas.kernel.intake.text_intake import DELIMITERS, split

MOST_CELLS: Final = 1000  # of a line: no real header has more
LEAST_FINGERPRINT: Final = 3  # names: with fewer, one that is left identifies nothing
NEAR: Final = 0.5  # share of a layout's fingerprint or columns from which it is named to the sender
MAPPED: Final = "The file can be read once its columns are mapped: an administrator does that on the file's page."


@dataclass(frozen=True)
class Candidate:
    """A layout compared with one line. `known` counts the line's names that the layout has; `share` is the part of its
    fingerprint that the line has, 0 to 1; `missing` is the rest of the fingerprint."""

    layout: Layout
    known: int
    share: float
    missing: tuple[str, ...]


Accepts = Callable[[Candidate, frozenset[str]], bool]  # whether a line, given by its header keys, is a layout's header


@dataclass(frozen=True)
class Header:
    """The header of a table.

    `line` is counted from 0, and is -1 for a table without a header, which was recognised by its cells; `cells` are
    then the names that the layout gives its positions. `columns` maps the layout's names to places among `cells`.
    `preamble` has the cells of each line above. `runners_up` names the other layouts that fit, best first. `missing` is
    the name of the fingerprint that a header which is only near lacks.
    """

    layout: Layout
    line: int
    delimiter: str
    cells: tuple[str, ...]
    columns: ColumnMap
    preamble: tuple[tuple[str, ...], ...]
    runners_up: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def find_header(lines: Sequence[str], layouts: Iterable[Layout], *, answered: bool = False) -> Header:
    """Find the header in the first `lines` of a table.

    `answered`: a person says that the table is of one of `layouts`; all that its numbers need then is enough. Raises
    `JobFailed` (unknown_layout, ambiguous_layout) with the columns that were found, for the user to compare.
    """
    known = tuple(layouts)
    found = _first(lines, known, _is_complete) or _headless(lines, known) or _of_nothing(lines, known)
    found = found or _first(lines, known, _is_near) or (_first(lines, known, _is_enough) if answered else None)
    if found is None:
        raise JobFailed(Cause.UNKNOWN_LAYOUT, _unknown(lines, known))
    return found


def _first(lines: Sequence[str], layouts: tuple[Layout, ...], accepts: Accepts) -> Header | None:
    """The header in the first line that some layout `accepts`."""
    # The first line wins: a header that is repeated among the sales is a line that the layout skips.
    for number, line in enumerate(lines):
        for delimiter in _delimiters(line):
            if fits := _fits(_names(split(line, delimiter)), number, layouts, accepts):
                return _header(_best(fits, number), number, delimiter, lines, fits)
    return None


def _delimiters(line: str) -> list[str]:
    return [delimiter for delimiter in DELIMITERS if delimiter in line]


def _names(cells: Sequence[str]) -> frozenset[str]:
    return frozenset(numbered(cells[:MOST_CELLS]))


def _fits(cells: frozenset[str], number: int, layouts: tuple[Layout, ...], accepts: Accepts) -> list[Candidate]:
    compared = (_candidate(cells, layout) for layout in layouts if number < layout.file.header_within)
    return sorted((found for found in compared if accepts(found, cells)), key=lambda found: -found.known)


def _is_complete(found: Candidate, cells: frozenset[str]) -> bool:
    return found.share == 1


def _is_near(found: Candidate, cells: frozenset[str]) -> bool:
    """Whether the line lacks one name that no number depends on, and has half of the layout's fields at least."""
    layout = found.layout
    if not found.share or len(found.missing) != 1 or len(layout.header.fingerprint) < LEAST_FINGERPRINT:
        return False
    if header_key(found.missing[0]) in layout.needed:
        return False
    present = {layout.name_of(cell) for cell in cells}
    columns = [{header_key(name) for name in names} for names in layout.columns.values()]
    filled = sum(not names.isdisjoint(present) for names in columns)
    return 2 * filled >= len(columns)


def _is_enough(found: Candidate, cells: frozenset[str]) -> bool:
    """Whether the line has every column that the layout's numbers depend on, and some of its fingerprint."""
    present = {found.layout.name_of(cell) for cell in cells}
    return found.share > 0 and found.layout.needed <= present


def _candidate(cells: frozenset[str], layout: Layout) -> Candidate:
    """Compare `layout` with `cells`, header keys as `numbered` returns them."""
    present = {layout.names[cell] for cell in cells & layout.names.keys()}
    if layout.currency_names:
        present |= {name for cell in cells - layout.names.keys() if (name := layout.name_of(cell))}
    wanted = {header_key(name) for name in layout.header.fingerprint}
    missing = tuple(name for name in layout.header.fingerprint if header_key(name) not in present)
    banned = not wanted or any(header_key(name) in cells | present for name in layout.header.absent)
    share = 0 if banned else 1 - len(missing) / len(wanted)
    return Candidate(layout, len(present), share, missing)


def numbered(cells: Sequence[str]) -> list[str]:
    """Return the header key of each cell, with `#2`, `#3`, … appended to one that was there before."""
    seen: dict[str, int] = {}
    names = []
    for cell in map(header_key, cells):
        seen[cell] = seen.get(cell, 0) + 1
        names.append(cell if seen[cell] == 1 else f"{cell}#{seen[cell]}")
    return names


def _best(fits: list[Candidate], number: int) -> Candidate:
    tied = [found.layout for found in fits if found.known == fits[0].known]
    if len(tied) > 1:
        message = f"The header in line {number + 1} fits several layouts equally well: {_names_of(tied)}."
        raise JobFailed(Cause.AMBIGUOUS_LAYOUT, f"{message} Set `layout` of the file to one of them, and reimport it.")
    return fits[0]


def _names_of(layouts: Iterable[Layout]) -> str:
    return ", ".join(sorted({layout.name for layout in layouts}))


def _header(best: Candidate, number: int, delimiter: str, lines: Sequence[str], fits: list[Candidate]) -> Header:
    layout = best.layout
    cells = split(lines[number], delimiter, quoting=layout.file.quoting)
    places: dict[str, int] = {}
    for place, cell in enumerate(numbered(cells)):
        if name := layout.name_of(cell):
            places.setdefault(name, place)
    return Header(
        layout=layout,
        line=number,
        delimiter=delimiter,
        cells=cells,
        columns=ColumnMap(layout, places),
        preamble=tuple(split(line, delimiter) for line in lines[:number]),
        runners_up=tuple(found.layout.name for found in fits[1:]),
        missing=best.missing,
    )


def _headless(lines: Sequence[str], layouts: tuple[Layout, ...]) -> Header | None:
    """Recognise a table without a header by its cells: every one of `lines` has to fit the layout's positions.

    Raises `JobFailed` (ambiguous_layout) if two layouts fit.
    """
    filled = [line for line in lines if line.strip()]
    found = [
        (layout, delimiter)
        for layout in layouts
        if layout.positions and filled
        for delimiter in _delimiters(filled[0])
        if all(_in_position(split(line, delimiter, quoting=layout.file.quoting), layout) for line in filled)
    ]
    if not found:
        return None
    if len(found) > 1:
        message = f"The lines, which have no header, fit several layouts: {_names_of(layout for layout, _ in found)}."
        raise JobFailed(Cause.AMBIGUOUS_LAYOUT, message)
    layout, delimiter = found[0]
    names = tuple(position.name for position in layout.positions)
    columns = ColumnMap(layout, {header_key(name): place for place, name in enumerate(names)})
    return Header(layout=layout, line=-1, delimiter=delimiter, cells=names, columns=columns, preamble=())


def _of_nothing(lines: Sequence[str], layouts: tuple[Layout, ...]) -> Header | None:
    """Recognise a file that consists of a sentence like "no sales": its last line then counts as the header."""
    sentence = " ".join(" ".join(lines).split())
    fitting = (layout for layout in layouts if layout.file.nothing and re.fullmatch(layout.file.nothing, sentence))
    layout = next(fitting, None)
    if layout is None:
        return None
    columns = ColumnMap(layout, {})
    return Header(layout=layout, line=len(lines) - 1, delimiter="\t", cells=(sentence,), columns=columns, preamble=())


def _in_position(cells: tuple[str, ...], layout: Layout) -> bool:
    return len(cells) == len(layout.positions) and all(
        position.matches is None or re.fullmatch(position.matches, cell.strip())
        for cell, position in zip(cells, layout.positions, strict=True)
    )


def _unknown(lines: Sequence[str], layouts: tuple[Layout, ...]) -> str:
    """The message for a table that no layout fits: its columns and their line, what the nearest layout misses if one is
    near, and what can be done."""
    rows = [(number, split(line, mark)) for number, line in enumerate(lines) for mark in _delimiters(line)]
    if not rows:
        return "The file has no line with several columns, so it is no table that OAS knows."
    widest = max(rows, key=lambda row: len(row[1]))  # of equal ones the first: a header comes before its lines
    likeliest = [widest] if any(_candidate(_names(widest[1]), layout).known for layout in layouts) else rows
    compared = ((_candidate(_names(row[1]), layout), row) for row in likeliest for layout in layouts)
    near = (pair for pair in compared if _is_worth_naming(pair[0]))
    nearest = max(near, key=lambda pair: pair[0].share + pair[0].known / len(pair[0].layout.names), default=None)
    if nearest is None:
        return f"No known layout. {_columns(widest)} {MAPPED}"
    found, row = nearest
    lacks = f" It lacks {_listed(found.missing)}." if found.missing else " It has columns that this layout never has."
    return f"No known layout. {_columns(row)} Nearest layout: {found.layout.title}.{lacks} {MAPPED}"


def _is_worth_naming(found: Candidate) -> bool:
    """Whether the line has a good part of the layout's fingerprint or of its columns, or a column that it never has."""
    if not found.layout.header.fingerprint:
        return False
    complete = not found.missing and found.known > 0
    many = found.known >= max(LEAST_FINGERPRINT, NEAR * len(found.layout.columns))
    return complete or many or (found.share >= NEAR and found.known >= LEAST_FINGERPRINT - 1)


def _columns(row: tuple[int, tuple[str, ...]]) -> str:
    return f"Columns found in line {row[0] + 1}: {_listed(row[1])}."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name.strip()[:60]) for name in names[:40])
    return shown + (f" and {len(names) - 40} more" if len(names) > 40 else "")
