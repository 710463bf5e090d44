"""Cells as they are written, before they are parsed: stripped, and the first filled where several columns may serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from glider.cleaning.plan import named_places
from glider.cleaning.reading import Table

RAW: Final = "raw_"  # prefix of the cells as written, kept beside the parsed ones until the reasons are settled


def raw(name: str) -> pl.Expr:
    return pl.col(RAW + name)


def cell(table: Table, names: tuple[str, ...]) -> pl.Expr:
    """The first filled cell of the columns so called; an empty string where there is none."""
    return first_filled([stripped(place, table) for place in named_places(table, names)])


def stripped(place: str, table: Table) -> pl.Expr:
    text = pl.col(place).fill_null("").str.strip_chars()
    return text.str.normalize("NFC") if table.text.decomposed else text


def first_filled(cells: Sequence[pl.Expr]) -> pl.Expr:
    if not cells:
        return pl.lit("")
    if len(cells) == 1:
        return cells[0]
    return pl.coalesce(pl.when(each != "").then(each) for each in cells).fill_null("")
