"""The work in pandas, with strings and decimals of Arrow: pandas has no exact decimals of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from benchmarks.engines.columns import Wanted
from benchmarks.engines.process import Groups

AMOUNT = pd.ArrowDtype(pa.decimal128(38, 18))


def run(source: Path, target: Path, wanted: Wanted) -> Groups:
    names = [*wanted.months, *wanted.texts, wanted.quantity, *wanted.amounts]
    lines = pd.read_csv(source, sep=wanted.kind.separator, dtype="str", usecols=names, keep_default_na=False)
    _typed(lines, wanted).to_parquet(target, compression="zstd", compression_level=1, index=False)
    del lines
    read = pd.read_parquet(
        target, columns=[*wanted.groups.values(), wanted.quantity, wanted.net], dtype_backend="pyarrow"
    )
    # pandas sums groups of Arrow's decimals as floats; as objects they are summed exactly.
    read[wanted.net] = read[wanted.net].astype(object)
    return {name: _grouped(read, column, wanted) for name, column in wanted.groups.items()}


def _typed(lines: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    for name in wanted.texts:
        lines[name] = lines[name].str.strip()
    for name in wanted.upper:
        lines[name] = lines[name].str.upper()
    for name, notation in wanted.months.items():
        lines[name] = pd.to_datetime(lines[name], format=notation)
    lines[wanted.quantity] = lines[wanted.quantity].astype("int64")
    for name in wanted.amounts:
        text = lines[name].str.strip()
        lines[name] = _amounts(text if wanted.kind.decimal == "." else text.str.replace(",", ".", regex=False))
    return lines


def _amounts(text: Any) -> Any:
    return pd.array(pa.array(text, type=pa.string()).cast(AMOUNT.pyarrow_dtype), dtype=AMOUNT)


def _grouped(lines: pd.DataFrame, column: str, wanted: Wanted) -> list[tuple[int, Any]]:
    groups = lines.groupby(column, sort=False)
    sums, rows = groups[[wanted.quantity, wanted.net]].sum(), groups.size()
    return list(zip(rows.tolist(), sums[wanted.net].tolist(), strict=True))
