#!/usr/bin/env bash
# One would guess that Polars, given rows whose amounts do not fit the type it inferred, raises an error or widens the
# column: `strict=True` is the default. It infers from the first hundred rows and then converts what follows: 2.75
# becomes 2 in a column of integers, Decimal("0.0319") becomes 0.0 in one of decimals with one place, and a key that
# first comes later is dropped. `read_database` does the same with rows of SQLite. Rows of a database or an API are a
# usual source of sales, and a hundred round amounts at the top are nothing rare. OAS names the schema where it makes a
# table from rows.
#
# Seen on 2026-11-28:
#   polars 2.1.0
#   0.0319 as row 100, after 99 of 0.1: 0.0319
#   0.0319 as row 101, after 100 of 0.1: 0.0
#   the same, strict=True: 0.0
#   2.75 as row 101, after 100 of 1: 2
#   the same from SQLite: 2
#   columns, where `bonus` first comes in row 101: ['net']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import sqlite3
from decimal import Decimal

import polars as pl

print("polars", pl.__version__)
decimals = [{"net": Decimal("0.1")}] * 100 + [{"net": Decimal("0.0319")}]
integers = [{"net": 1}] * 100 + [{"net": 2.75, "bonus": 7}]
database = sqlite3.connect(":memory:")
database.execute("create table sales (net)")
database.executemany("insert into sales values (?)", [(row["net"],) for row in integers])
seen = {
    "0.0319 as row 100, after 99 of 0.1": str(pl.DataFrame(decimals[1:])["net"][-1]),
    "0.0319 as row 101, after 100 of 0.1": str(pl.DataFrame(decimals)["net"][-1]),
    "the same, strict=True": str(pl.DataFrame(decimals, strict=True)["net"][-1]),
    "2.75 as row 101, after 100 of 1": str(pl.DataFrame(integers)["net"][-1]),
    "the same from SQLite": str(pl.read_database("select net from sales", database)["net"][-1]),
    "columns, where `bonus` first comes in row 101": str(pl.DataFrame(integers).columns),
}
for question, result in seen.items():
    print(f"{question}: {result}")
if list(seen.values()) != ["0.0319", "0.0", "0.0", "2", "2", "['net']"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
