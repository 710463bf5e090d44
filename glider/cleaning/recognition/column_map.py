"""Where the fields of a sale line are among the columns of one table.

Polars knows the columns of every table as `c0`, `c1`, … in the order of the header: names of the file may be empty or
come twice. A layout names columns by header names; a `ColumnMap` turns the one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from glider.layouts.layout import Layout
from glider.layouts.rules import NUMBERS, Kind, header_key

AMOUNT_FIELDS: Final = ("net", "gross")


@dataclass(frozen=True)
class ColumnMap:
    """The columns of `layout` that a table has. `places`: header key → place in the header, counted from 0."""

    layout: Layout
    places: Mapping[str, int]

    def named(self, *names: str) -> list[str]:
        """The columns called `names` (in any spelling with the same header key); names the table lacks are left out."""
        found = (self.places.get(header_key(name)) for name in names)
        return [column(place) for place in found if place is not None]

    def of_field(self, name: str) -> list[str]:
        """The columns that may fill the canonical field `name`, in the layout's order of preference."""
        return self.named(*self.layout.columns.get(name, ()))

    def has(self, name: str) -> bool:
        """Whether the table fills the field `name` line by line: some columns are only in some files of a layout."""
        return bool(self.of_field(name)) or name in self.layout.joined or name in self.layout.by_level

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The columns of names, codes and dates: all that is read and is no number."""
        layout = self.layout
        names = [name for field, names in layout.columns.items() if field not in NUMBERS for name in names]
        choices = [rule for rule in (layout.level, layout.usage, layout.monetisation) if not rule.filled]
        names += [name for rule in choices for name in rule.columns]
        return tuple(dict.fromkeys(self.named(*names)))

    @cached_property
    def amounts(self) -> tuple[str, ...]:
        """The columns of amounts: the preferred one of each field, and those that derived amounts are made from."""
        layout = self.layout
        preferred = [column for field in AMOUNT_FIELDS for column in self.of_field(field)[:1]]
        sums = [*layout.sums.values(), *(rule for kind in layout.kinds for rule in kind.sums.values())]
        names = [name for rule in sums for name in rule.columns]
        names += [name for rule in layout.fallback for name in rule.columns]
        names += [name for kind in layout.kinds for field, name in kind.columns.items() if field in AMOUNT_FIELDS]
        return tuple(dict.fromkeys((*preferred, *self.named(*names))))

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of sale that the lines hold side by side: those whose columns are all in the table."""
        return tuple(kind for kind in self.layout.kinds if len(self.named(*kind.needed)) == len(kind.needed))


def column(place: int) -> str:
    """Polars' name of the column at `place`, counted from 0."""
    return f"c{place}"
