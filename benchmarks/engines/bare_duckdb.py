"""The work in DuckDB with its defaults: as many threads as there are cores."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.engines.columns import Wanted
from benchmarks.engines.process import Groups

AMOUNT = "DECIMAL(38, 18)"


def run(source: Path, target: Path, wanted: Wanted) -> Groups:
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT {', '.join(_columns(wanted))} FROM {_scan(source, wanted)}) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        return {name: _groups(database, target, column, wanted) for name, column in wanted.groups.items()}


def _scan(source: Path, wanted: Wanted) -> str:
    return f"read_csv('{source}', delim = '{wanted.kind.separator}', header = true, all_varchar = true)"


def _columns(wanted: Wanted) -> list[str]:
    months = [f"CAST(strptime(trim(\"{name}\"), '{notation}') AS DATE)" for name, notation in wanted.months.items()]
    texts = [f'upper(trim("{name}"))' if name in wanted.upper else f'trim("{name}")' for name in wanted.texts]
    amounts = [f"CAST({_with_point(name, wanted)} AS {AMOUNT})" for name in wanted.amounts]
    made = (*months, *texts, f'CAST(trim("{wanted.quantity}") AS BIGINT)', *amounts)
    names = (*wanted.months, *wanted.texts, wanted.quantity, *wanted.amounts)
    return [f'{expression} AS "{name}"' for expression, name in zip(made, names, strict=True)]


def _with_point(name: str, wanted: Wanted) -> str:
    text = f'trim("{name}")'
    return text if wanted.kind.decimal == "." else f"replace({text}, '{wanted.kind.decimal}', '.')"


def _groups(
    database: duckdb.DuckDBPyConnection, target: Path, column: str, wanted: Wanted
) -> list[tuple[int, Decimal]]:
    sums = f'count(*), sum("{wanted.quantity}"), sum("{wanted.net}")'
    rows = database.execute(f"SELECT {sums} FROM '{target}' GROUP BY \"{column}\"").fetchall()
    return [(count, net) for count, _, net in rows]
