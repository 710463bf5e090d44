"""The rows of a file that no layout knows. Where such files are kept is told by the app that has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class UnknownFile:
    """`rows`: the first ones, as Glider cut them; `key`: the object in S3."""

    filename: str
    key: str
    rows: list[list[str]]

    @property
    def likely_header(self) -> int:
        """The first of the widest rows."""
        widths = [len([cell for cell in row if cell.strip()]) for row in self.rows]
        return widths.index(max(widths)) if widths else 0

    def cells(self) -> list[str]:
        """Every text that could be the name of a column, the likeliest row's first."""
        rows = [self.rows[self.likely_header], *self.rows] if self.rows else []
        return list(dict.fromkeys(cell for row in rows for cell in row if cell.strip()))


Finder = Callable[[int], UnknownFile | None]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """`finder` is given the id of a sales file; None: there is nothing to map."""
    _finders.append(finder)


def unknown_file(file: int) -> UnknownFile | None:
    return next((found for finder in _finders if (found := finder(file)) is not None), None)
