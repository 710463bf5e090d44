#!/usr/bin/env bash
# One would guess that a column stored in a Parquet file wins over a folder of the same name, or that the two are
# compared. In a folder `period=2025-07-01` Polars, told the folder, and DuckDB give every line the folder's period,
# whatever the file holds; Polars, told a pattern, gives the file's. A sale of June in a statement of July changes its
# month with the way the path is written. Where the folder is a month and the column a date, Polars, pyarrow and pandas
# fail by default, and DuckDB's dates become texts. OAS writes month folders, puts only lines of that month there, and
# its documentation names the options that Polars and DuckDB need.
#
# Seen on 2026-11-28:
#   polars 2.1.0 duckdb 2.0.0 pyarrow 26.0.1 pandas 3.1.1
#   in the file: ['2025-06-30', '2025-07-01']
#   days, polars, folder: ['2025-07-01', '2025-07-01']
#   days, polars, pattern: ['2025-06-30', '2025-07-01']
#   days, duckdb: ['2025-07-01', '2025-07-01']
#   days, pyarrow: ArrowTypeError
#   days, pandas: ArrowTypeError
#   months, polars, folder: ComputeError
#   months, polars, pattern: ['2025-06-30', '2025-07-01']
#   months, duckdb: ['2025-07', '2025-07']
#   months, pyarrow: ArrowTypeError
#   months, pandas: ArrowTypeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 duckdb==2.0.0 pyarrow==26.0.1 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime
from pathlib import Path

import duckdb
import pandas
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

print("polars", pl.__version__, "duckdb", duckdb.__version__, "pyarrow", pa.__version__, "pandas", pandas.__version__)
days = [datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)]
for folder in ("days/period=2025-07-01", "months/period=2025-07"):
    Path(folder).mkdir(parents=True)
    pa.parquet.write_table(pa.table({"period": days, "net": [5, 1]}), f"{folder}/sales.parquet")


def answer(question):
    try:
        return [str(period) for period in question()]
    except Exception as error:
        return type(error).__name__


seen = {}
for root in ("days", "months"):
    seen[root] = {
        "polars, folder": answer(lambda: pl.scan_parquet(root).collect()["period"]),
        "polars, pattern": answer(lambda: pl.scan_parquet(f"{root}/**/*.parquet").collect()["period"]),
        "duckdb": answer(lambda: [row[0] for row in duckdb.sql(f"from '{root}/**/*.parquet'").fetchall()]),
        "pyarrow": answer(lambda: pa.dataset.dataset(root, partitioning="hive").to_table()["period"].to_pylist()),
        "pandas": answer(lambda: pandas.read_parquet(root)["period"]),
    }
print("in the file:", [str(day) for day in days])
for root, answers in seen.items():
    for who, periods in answers.items():
        print(f"{root}, {who}: {periods}")
july, own, month = ["2025-07-01"] * 2, ["2025-06-30", "2025-07-01"], ["2025-07"] * 2
if [list(answers.values()) for answers in seen.values()] != [
    [july, own, july, "ArrowTypeError", "ArrowTypeError"],
    ["ComputeError", own, month, "ArrowTypeError", "ArrowTypeError"],
]:
    raise SystemExit("The behaviour has changed.")
PYTHON
