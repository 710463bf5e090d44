"""Polars expressions that are used in more than one folder."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

Kind = pl.DataType | type[pl.DataType]


def first_case(cases: Iterable[tuple[pl.Expr, pl.Expr]], kind: Kind) -> pl.Expr:
    """The value of the first case whose condition holds; null when none does."""
    values = [pl.when(condition).then(value) for condition, value in cases]
    return pl.coalesce(values).cast(kind) if values else pl.lit(None, dtype=kind)
