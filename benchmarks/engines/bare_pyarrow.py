"""The work in pyarrow: its CSV reader, compute functions, Parquet writer and group-bys, whole columns in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.engines.columns import Wanted
from benchmarks.engines.process import Groups

AMOUNT = pa.decimal128(38, 18)


def run(source: Path, target: Path, wanted: Wanted) -> Groups:
    pq.write_table(_typed(_read(source, wanted), wanted), target, compression="zstd", compression_level=1)
    lines = pq.read_table(target, columns=sorted({*wanted.groups.values(), wanted.quantity, wanted.net}))
    return {name: _grouped(lines, column, wanted) for name, column in wanted.groups.items()}


def _read(source: Path, wanted: Wanted) -> pa.Table:
    names = (*wanted.months, *wanted.texts, wanted.quantity, *wanted.amounts)
    # Amounts with a decimal comma are read as text: pyarrow's own reading of them, by several threads, gave sums that
    # differed from run to run.
    amount = AMOUNT if wanted.kind.decimal == "." else pa.string()
    kinds = dict.fromkeys(names, pa.string()) | {wanted.quantity: pa.int64()} | dict.fromkeys(wanted.amounts, amount)
    convert = pyarrow.csv.ConvertOptions(column_types=kinds, include_columns=list(names))
    parse = pyarrow.csv.ParseOptions(delimiter=wanted.kind.separator)
    return pyarrow.csv.read_csv(source, parse_options=parse, convert_options=convert)


def _typed(lines: pa.Table, wanted: Wanted) -> pa.Table:
    for name in wanted.texts:
        lines = _with(lines, name, pc.utf8_trim_whitespace(lines[name]))
    for name in wanted.upper:
        lines = _with(lines, name, pc.utf8_upper(lines[name]))
    for name in wanted.amounts if wanted.kind.decimal != "." else ():
        lines = _with(lines, name, pc.replace_substring(lines[name], wanted.kind.decimal, ".").cast(AMOUNT))
    for name, notation in wanted.months.items():
        text = lines[name] if notation != "%Y-%m" else pc.binary_join_element_wise(lines[name], "01", "-")
        day = pc.strptime(text, format=notation if notation != "%Y-%m" else "%Y-%m-%d", unit="s")
        lines = _with(lines, name, day.cast(pa.date32()))
    return lines


def _with(lines: pa.Table, name: str, column: Any) -> pa.Table:
    return lines.set_column(lines.schema.get_field_index(name), name, column)


def _grouped(lines: pa.Table, column: str, wanted: Wanted) -> list[tuple[int, Any]]:
    sums = lines.group_by(column).aggregate([([], "count_all"), (wanted.quantity, "sum"), (wanted.net, "sum")])
    return list(zip(sums["count_all"].to_pylist(), sums[f"{wanted.net}_sum"].to_pylist(), strict=True))
