"""The record types of DDEX sales reports: which of them are known, and the place of each cell in a record."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final

from glider.layouts.rules import header_key

TYPE: Final = r"[A-Z]{2}\d{2}(?:\.\d{2})?|HEAD|SRHE|FOOT|SRFO"
_WRITTEN: Final = re.compile(rf"({TYPE})")
_DEAL_SPECIFIC: Final = "DE"  # agreed between two companies; nothing in such a record is read


@dataclass(frozen=True)
class Records:
    """The record types of `ddex_records.toml`.

    `cells`: type without version → names in order. `versions`: the known ones of a type. `names`: cell → other names
    that reports use for it.
    """

    cells: dict[str, tuple[str, ...]]
    versions: dict[str, frozenset[str]]
    names: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def known_records() -> Records:
    """Read `ddex_records.toml`, once per process."""
    text = files("glider.cleaning.readers").joinpath("ddex_records.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    names = {cell: tuple(others) for cell, others in entries.pop("names").items()}
    return Records(
        cells={kind: tuple(entry["cells"]) for kind, entry in entries.items()},
        versions={kind: frozenset(entry["versions"]) for kind, entry in entries.items()},
        names=names,
    )


@dataclass(frozen=True)
class Cells:
    """The places of cells in the records of one report. `headings`: its own names of them by record type as written."""

    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def place(self, kind: str, cell: str) -> int | None:
        """Return the place of `cell` in a record of type `kind` (as written), where 0 is the type; None if it has none.

        The report's own headings count before `ddex_records.toml`, as far as they go.
        """
        names = self.headings.get(kind, ())
        wanted = [header_key(cell), *(header_key(other) for other in known_records().names.get(cell, ()))]
        named = next((names.index(name) + 1 for name in wanted if name in names), None)
        known = known_records().cells.get(base(kind), ())
        if named is not None or cell not in known or known.index(cell) < len(names):
            return named
        return known.index(cell) + 1

    def knows(self, kind: str) -> bool:
        """Whether `kind` can be read: type and version are known, or the report has a heading for the version."""
        known = known_records().versions.get(base(kind))
        if known is None:
            return kind.startswith(_DEAL_SPECIFIC) and kind[2:4].isdigit()
        return kind.partition(".")[2] in known or kind in self.headings


def base(kind: str) -> str:
    """`kind` without its version. SRHE, the head of a report of single records, has the cells of HEAD."""
    return {"SRHE": "HEAD"}.get(kind, kind[:4])


def is_type(text: str) -> bool:
    return _WRITTEN.fullmatch(text) is not None


def heading(line: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the record type and header keys in a comment like `#SY02.01<TAB>SummaryRecordId…`; None for others."""
    kind, *names = line.lstrip("#").rstrip("\r\n\t").split("\t")
    kind = kind.strip().upper()
    return (kind, tuple(map(header_key, names))) if is_type(kind) and names else None
