#!/usr/bin/env bash
# One would guess that a CSV whose lines end with a carriage return alone, as Excel writes "CSV (Macintosh)", is read,
# or is an error. Polars takes the whole file for a header: no rows, no error, and a total of nothing. The csv module,
# pandas, pyarrow and DuckDB read its lines. A sales file that comes to 0.00 looks like a month without sales. OAS
# looks at the bytes first, writes lone carriage returns as line feeds, and fails a file in which no line is a sale.
#
# Seen on 2026-11-28:
#   polars 2.1.0
#   csv module: 2 rows
#   pandas: 2 rows
#   pyarrow: 2 rows
#   duckdb: 2 rows
#   polars, read_csv: 0 rows
#   polars, scan_csv: 0 rows
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import csv

import duckdb
import pandas
import polars as pl
import pyarrow.csv

print("polars", pl.__version__)
with open("sales.csv", "w", newline="") as file:
    file.write("title,units,net\rSong A,1,0.10\rSong B,2,0.20\r")
with open("sales.csv", newline="") as file:
    plain = len(list(csv.DictReader(file)))
seen = {
    "csv module": plain,
    "pandas": len(pandas.read_csv("sales.csv")),
    "pyarrow": pyarrow.csv.read_csv("sales.csv").num_rows,
    "duckdb": len(duckdb.sql("from 'sales.csv'").fetchall()),
    "polars, read_csv": pl.read_csv("sales.csv").height,
    "polars, scan_csv": pl.scan_csv("sales.csv").select(pl.len()).collect().item(),
}
for who, rows in seen.items():
    print(f"{who}: {rows} rows")
if list(seen.values()) != [2, 2, 2, 2, 0, 0]:
    raise SystemExit("The behaviour has changed.")
PYTHON
