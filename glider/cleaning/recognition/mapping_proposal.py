"""Proposes a mapping for a table that no layout knows: which of its columns seems to be which field of a sale line.

A proposal is for a person to look at; nothing is ever read by it alone. Names count that the layouts know, and those of
`field_names.toml`. What two columns could be equally well is left open and named.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final

from glider.cleaning.recognition.headers import MOST_CELLS
from glider.layouts.currencies import currency_code
from glider.layouts.layout import Layout
from glider.layouts.rules import COLUMNS, header_key
from oas.kernel.intake.text_intake import DELIMITERS, split

FIELDS: Final = tuple(name for name in COLUMNS if name not in ("version", "period_end"))
BY_FAR: Final = 10  # times as many layouts
LEAST_FIELDS: Final = 3  # that a line has to name to be taken for a header
_NO_WORD: Final = re.compile(r"[\W_]+")
_WORD: Final = re.compile(r"[A-Za-z]{3}|[^\w\s]+")

Votes = Mapping[str, Mapping[str, int]]  # `plain_name` of a header cell → field → how many layouts name it so


@dataclass(frozen=True)
class MappingProposal:
    """What each column of a table seems to be.

    `line` is that of the header, counted from 0. `columns`: field → cell of the header. `undecided`: field → the cells
    that could be it equally well. `currency` is what the name of the column of `net` says, if it says one.
    """

    line: int
    cells: tuple[str, ...]
    columns: dict[str, str]
    undecided: dict[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str | None = None


def propose_mapping(lines: Sequence[str], layouts: Iterable[Layout]) -> MappingProposal | None:
    """Propose a mapping from the first `lines` of a table; None if no line names `LEAST_FIELDS` fields.

    Of several lines the one that names most fields is taken, and of equal ones the first.
    """
    votes = _votes(layouts)
    found = [_of_line(number, cells, votes) for number, cells in _rows(lines)]
    best = max(found, key=lambda proposal: len(proposal.columns), default=None)
    return best if best is not None and len(best.columns) >= LEAST_FIELDS else None


def plain_name(cell: str) -> str:
    """Return the words of a header cell as they are compared: without case, accents, punctuation and currencies."""
    words = [word for word in _NO_WORD.split(_bare(cell)) if word]
    without = [word for word in words if not (len(words) > 1 and word.upper() in _codes_in(cell))]
    return " ".join(without)


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Only marks on Latin, Greek and Cyrillic letters go: those of Japanese and Korean make other letters.
    bare = "".join(mark for mark in decomposed if not 0x300 <= ord(mark) <= 0x36F)
    return unicodedata.normalize("NFKC", bare)


def _codes_in(cell: str) -> frozenset[str]:
    """The ISO codes of currencies that stand in `cell` in capitals: `Net (USD)`."""
    words = (word for word in _WORD.findall(cell) if word.isupper())
    return frozenset(word for word in words if currency_code(word) == word)


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, line in enumerate(lines):
        for delimiter in DELIMITERS:
            if delimiter in line:
                yield number, split(line, delimiter)[:MOST_CELLS]


# --- which field a name stands for ---


def _votes(layouts: Iterable[Layout]) -> Votes:
    found: dict[str, Counter[str]] = {name: Counter(fields) for name, fields in _known_names().items()}
    for layout in layouts:
        for name, column in _names_of(layout):
            found.setdefault(name, Counter())[column] += 1
    return found


def _names_of(layout: Layout) -> set[tuple[str, str]]:
    """The `plain_name` of every name that `layout` knows, with the field that it fills."""
    fields = [(name, column) for column in FIELDS for name in layout.columns.get(column, ())]
    others = {header_key(name): also for name, also in layout.header.aliases.items()}
    names = ((written, column) for name, column in fields for written in (name, *others.get(header_key(name), ())))
    return {(plain_name(written.replace("{currency}", "")), column) for written, column in names}


@lru_cache(maxsize=1)
def _known_names() -> dict[str, dict[str, int]]:
    text = files("glider.layouts").joinpath("field_names.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, int]] = {}
    for column, names in tomllib.loads(text).items():
        for name in names:
            found.setdefault(plain_name(name), {})[column] = 1
    return found


# --- the columns of one line ---


def _of_line(number: int, cells: tuple[str, ...], votes: Votes) -> MappingProposal:
    rivals: dict[str, list[tuple[int, str]]] = {}
    for cell in _once(cells):
        if choice := _field_of(cell, votes):
            count, column = choice
            rivals.setdefault(column, []).append((count, cell))
    columns, undecided = {}, {}
    for column in FIELDS:
        best = _best(rivals.get(column, []))
        if len(best) == 1:
            columns[column] = best[0]
        elif best:
            undecided[column] = best
    return MappingProposal(number, cells, columns, undecided, _currency_in(columns.get("net", "")))


def _once(cells: Sequence[str]) -> list[str]:
    """The cells that name one column: a name that comes twice tells no column from the other."""
    counts = Counter(map(header_key, cells))
    return [cell for cell in cells if cell.strip() and counts[header_key(cell)] == 1]


def _field_of(cell: str, votes: Votes) -> tuple[int, str] | None:
    """The field that most layouts mean by the name `cell`, with their number; None if two are meant as often."""
    best = Counter(votes.get(plain_name(cell), {})).most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][1], best[0][0]


def _best(rivals: list[tuple[int, str]]) -> tuple[str, ...]:
    """The cells that could be one field: the one that by far most layouts name so, or several."""
    most = max((count for count, _ in rivals), default=0)
    return tuple(cell for count, cell in rivals if count * BY_FAR >= most)


def _currency_in(cell: str) -> str | None:
    codes = _codes_in(cell)
    return next(iter(codes)) if len(codes) == 1 else None
