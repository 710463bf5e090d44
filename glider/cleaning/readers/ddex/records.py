"""The record types of DDEX sales reports: which are known, and where in a record each cell stands."""

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
_DEAL_SPECIFIC: Final = "DE"


@dataclass(frozen=True)
class Records:
    """`cells`: record type without its version → names in order. `names`: cell → what else files call it."""

    cells: dict[str, tuple[str, ...]]
    versions: dict[str, frozenset[str]]
    names: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def known_records() -> Records:
    text = files("glider.cleaning.readers").joinpath("ddex_records.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    names = {cell: tuple(others) for cell, others in told.pop("names").items()}
    return Records(
        cells={kind: tuple(entry["cells"]) for kind, entry in told.items()},
        versions={kind: frozenset(entry["versions"]) for kind, entry in told.items()},
        names=names,
    )


@dataclass(frozen=True)
class Cells:
    """Where cells stand in the records of one report: `headings` are its own, by record type as written."""

    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def place(self, kind: str, cell: str) -> int | None:
        """The cell's place in a record of the type `kind` (as written), counted from 0, the record type's own.

        A report's headings go before what is known, as far as they reach.
        """
        names = self.headings.get(kind, ())
        wanted = [header_key(cell), *(header_key(other) for other in known_records().names.get(cell, ()))]
        named = next((names.index(name) + 1 for name in wanted if name in names), None)
        known = known_records().cells.get(base(kind), ())
        if named is not None or cell not in known or known.index(cell) < len(names):
            return named
        return known.index(cell) + 1

    def knows(self, kind: str) -> bool:
        """Known by type and version; of a version not yet known only when the report says what stands where."""
        known = known_records().versions.get(base(kind))
        if known is None:
            return kind.startswith(_DEAL_SPECIFIC) and kind[2:4].isdigit()
        return kind.partition(".")[2] in known or kind in self.headings


def base(kind: str) -> str:
    """The type without its version; the head of a report of single records has the cells of any other."""
    return {"SRHE": "HEAD"}.get(kind, kind[:4])


def is_type(text: str) -> bool:
    return _WRITTEN.fullmatch(text) is not None


def heading(line: str) -> tuple[str, tuple[str, ...]] | None:
    """The record type and plain names that a comment line like `#SY02.01<TAB>SummaryRecordId…` gives."""
    kind, *names = line.lstrip("#").rstrip("\r\n\t").split("\t")
    kind = kind.strip().upper()
    return (kind, tuple(map(header_key, names))) if is_type(kind) and names else None
