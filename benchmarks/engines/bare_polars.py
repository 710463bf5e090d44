"""The work in Polars, streaming: the floor, as OAS uses this engine."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.engines.columns import Wanted
from benchmarks.engines.process import Groups

AMOUNT = pl.Decimal(38, 18)


def run(source: Path, target: Path, wanted: Wanted) -> Groups:
    scan = pl.scan_csv(source, separator=wanted.kind.separator, infer_schema=False)
    scan.select(_columns(wanted)).sink_parquet(target, compression="zstd", compression_level=1, engine="streaming")
    lines = pl.scan_parquet(target)
    queries = [
        lines.group_by(column).agg(pl.len(), pl.col(wanted.quantity).sum(), pl.col(wanted.net).sum())
        for column in wanted.groups.values()
    ]
    found = pl.collect_all(queries, engine="streaming")
    return {
        name: [(rows, net) for _, rows, _, net in frame.iter_rows()]
        for name, frame in zip(wanted.groups, found, strict=True)
    }


def _columns(wanted: Wanted) -> list[pl.Expr]:
    texts = [pl.col(name).str.strip_chars() for name in wanted.texts]
    return [
        *(_month(name, notation) for name, notation in wanted.months.items()),
        *(
            text.str.to_uppercase() if name in wanted.upper else text
            for name, text in zip(wanted.texts, texts, strict=True)
        ),
        pl.col(wanted.quantity).str.strip_chars().cast(pl.Int64),
        *(_amount(name, wanted.kind.decimal) for name in wanted.amounts),
    ]


def _month(name: str, notation: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return (text + "-01" if notation == "%Y-%m" else text).str.to_date(
        notation.replace("%Y-%m", "%Y-%m-%d", 1) if notation == "%Y-%m" else notation
    )


def _amount(name: str, mark: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return (text if mark == "." else text.str.replace(mark, ".", literal=True)).cast(AMOUNT)
