"""Which layout a table has, told by its header: the line of cells that holds all of a layout's fingerprint.

Names are compared plain (case, spaces, order and further columns do not count). Two layouts that fit equally well
are not chosen between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.rules import header_key
from oas.kernel.text_intake import DELIMITERS, split

MOST_CELLS: Final = 1000  # of a line are looked at


@dataclass(frozen=True)
class Candidate:
    """A layout held against one line. `share` is how much of the fingerprint is there."""

    layout: Layout
    known: int
    share: float
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """The header found: `line` is 0-based (-1: there is none, the cells tell), `columns` gives each name of the layout
    its place among `cells`."""

    layout: Layout
    line: int
    delimiter: str
    cells: tuple[str, ...]
    columns: dict[str, int]
    preamble: tuple[tuple[str, ...], ...]
    runners_up: tuple[str, ...] = ()


def find_header(lines: Sequence[str], layouts: Iterable[Layout]) -> Header:
    """Raises `JobFailed` with `unknown_layout` or `ambiguous_layout`, saying what was seen."""
    known = tuple(layouts)
    for number, line in enumerate(lines):
        for delimiter in _delimiters(line):
            fits = _fits(_names(split(line, delimiter)), number, known)
            if fits:
                return _header(_best(fits), number, delimiter, lines, fits)
    if found := _headless(lines, known) or _of_nothing(lines, known):
        return found
    raise JobFailed(Cause.UNKNOWN_LAYOUT, _unknown(lines, known))


def _delimiters(line: str) -> list[str]:
    return [delimiter for delimiter in DELIMITERS if delimiter in line]


def _names(cells: Sequence[str]) -> frozenset[str]:
    """Plain names of the first cells: more than that is no header that anybody reads."""
    return frozenset(numbered(cells[:MOST_CELLS]))


def _fits(cells: frozenset[str], number: int, layouts: tuple[Layout, ...]) -> list[Candidate]:
    near = (_candidate(cells, layout) for layout in layouts if number < layout.file.header_within)
    return sorted((found for found in near if found.share == 1), key=lambda found: -found.known)


def _candidate(cells: frozenset[str], layout: Layout) -> Candidate:
    """`cells`: as `numbered` gives them."""
    present = {layout.names[cell] for cell in cells & layout.names.keys()}
    if layout.currency_names:
        present |= {name for cell in cells - layout.names.keys() if (name := layout.name_of(cell))}
    wanted = {header_key(name) for name in layout.header.fingerprint}
    missing = tuple(name for name in layout.header.fingerprint if header_key(name) not in present)
    banned = not wanted or any(header_key(name) in cells | present for name in layout.header.absent)
    share = 0 if banned else 1 - len(missing) / len(wanted)
    return Candidate(layout, len(present), share, missing)


def numbered(cells: Sequence[str]) -> list[str]:
    """Plain names; where one comes again, `#2` and so on stands behind it."""
    seen: dict[str, int] = {}
    names = []
    for cell in map(header_key, cells):
        seen[cell] = seen.get(cell, 0) + 1
        names.append(cell if seen[cell] == 1 else f"{cell}#{seen[cell]}")
    return names


def _best(fits: list[Candidate]) -> Candidate:
    tied = [found.layout.name for found in fits if found.known == fits[0].known]
    if len(tied) > 1:
        message = f"The header fits several layouts equally well: {', '.join(sorted(tied))}."
        raise JobFailed(Cause.AMBIGUOUS_LAYOUT, message)
    return fits[0]


def _header(best: Candidate, number: int, delimiter: str, lines: Sequence[str], fits: list[Candidate]) -> Header:
    layout = best.layout
    cells = split(lines[number], delimiter, quoting=layout.file.quoting)
    columns: dict[str, int] = {}
    for place, cell in enumerate(numbered(cells)):
        if name := layout.name_of(cell):
            columns.setdefault(name, place)
    return Header(
        layout=layout,
        line=number,
        delimiter=delimiter,
        cells=cells,
        columns=columns,
        preamble=tuple(split(line, delimiter) for line in lines[:number]),
        runners_up=tuple(found.layout.name for found in fits[1:]),
    )


def _headless(lines: Sequence[str], layouts: tuple[Layout, ...]) -> Header | None:
    """A table without a header is known by its cells: every line looked at has to fit its positions."""
    filled = [line for line in lines if line.strip()]
    found = [
        (layout, delimiter)
        for layout in layouts
        if layout.positions and filled
        for delimiter in _delimiters(filled[0])
        if all(_in_position(split(line, delimiter, quoting=layout.file.quoting), layout) for line in filled)
    ]
    if len(found) != 1:
        return None
    layout, delimiter = found[0]
    names = tuple(position.name for position in layout.positions)
    columns = {header_key(name): place for place, name in enumerate(names)}
    return Header(layout=layout, line=-1, delimiter=delimiter, cells=names, columns=columns, preamble=())


def _of_nothing(lines: Sequence[str], layouts: tuple[Layout, ...]) -> Header | None:
    """A file that is one sentence, which says that there was nothing: its last line stands for the header."""
    said = " ".join(" ".join(lines).split())
    fitting = (layout for layout in layouts if layout.file.nothing and re.fullmatch(layout.file.nothing, said))
    layout = next(fitting, None)
    if layout is None:
        return None
    return Header(layout=layout, line=len(lines) - 1, delimiter="\t", cells=(said,), columns={}, preamble=())


def _in_position(cells: tuple[str, ...], layout: Layout) -> bool:
    return len(cells) == len(layout.positions) and all(
        position.matches is None or re.fullmatch(position.matches, cell.strip())
        for cell, position in zip(cells, layout.positions, strict=True)
    )


def _unknown(lines: Sequence[str], layouts: tuple[Layout, ...]) -> str:
    """Name the columns of the likeliest header and the nearest layout with what it lacks."""
    rows = [split(line, delimiter) for line in lines for delimiter in _delimiters(line)]
    if not rows:
        return "The file has no line with several columns, so it is no table that OAS knows."
    widest = max(rows, key=len)  # the first of them: a header comes before its lines
    likeliest = [widest] if any(_candidate(_names(widest), layout).known for layout in layouts) else rows
    nearest = max(
        ((_candidate(cells, layout), row) for row, cells in _named(likeliest) for layout in layouts),
        key=lambda pair: (pair[0].share, pair[0].known),
        default=None,
    )
    if nearest is None or nearest[0].known == 0:
        return f"No known layout. Columns found: {_listed(widest)}."
    found, row = nearest
    lacks = f" It lacks {_listed(found.missing)}." if found.missing else " It has columns that this layout never has."
    return f"No known layout. Columns found: {_listed(row)}. Nearest layout: {found.layout.title}.{lacks}"


def _named(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    return ((row, _names(row)) for row in rows)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name.strip()[:60]) for name in names[:40])
    return shown + (f" and {len(names) - 40} more" if len(names) > 40 else "")
