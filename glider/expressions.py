"""Polars expressions used in more than one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

Kind = pl.DataType | type[pl.DataType]


def first_case(cases: Iterable[tuple[pl.Expr, pl.Expr]], kind: Kind) -> pl.Expr:
    """The value of the first case whose condition holds; null when none does."""
    values = [pl.when(condition).then(value) for condition, value in cases]
    return pl.coalesce(values).cast(kind) if values else pl.lit(None, dtype=kind)


def by_value(cells: pl.Expr, function: Callable[[pl.Series], pl.Series], kind: Kind) -> pl.Expr:
    """Apply `function` once to each different value of a batch: columns of codes, months and names repeat."""

    def run(batch: pl.Series) -> pl.Series:
        values = batch.unique()
        return batch.replace_strict(values, function(values), return_dtype=kind)

    return cells.map_batches(run, kind, is_elementwise=True)


def each(function: Callable[[str], str | None]) -> Callable[[pl.Series], pl.Series]:
    """`function` of a cell, for `by_value`."""
    return lambda values: pl.Series([function(value or "") for value in values], dtype=pl.String)
