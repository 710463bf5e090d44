#!/usr/bin/env bash
# One would guess that a workbook's cell of text in a column of amounts stays text, or is an error, wherever it stands.
# `polars.read_excel` infers the type of the column from its first hundred rows; a text below them that is no plain
# number becomes null, without a word, and the sum is too small. With 99 rows above it the same cell makes the whole
# column text, so that tests with small files do not show it. Sheets put together by hand often end with such cells.
# OAS takes every cell of a workbook as text and rejects, with a reason, a line whose amount it cannot read.
#
# Seen on 2026-11-28:
#   polars 2.1.0 fastexcel 0.21.0
#   99 numbers, then the text 1,250.00: the column is String, its last cell '1,250.00'
#   100 numbers, then the text 1,250.00: the column is Float64, its last cell None
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 fastexcel==0.21.0 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import polars as pl
import xlsxwriter
from importlib.metadata import version

print("polars", pl.__version__, "fastexcel", version("fastexcel"))


def sheet(rows):
    with xlsxwriter.Workbook("sales.xlsx") as workbook:
        page = workbook.add_worksheet()
        page.write_row(0, 0, ["title", "net"])
        for number in range(1, rows + 1):
            page.write_row(number, 0, [f"Song {number}", 0.5])
        page.write_row(rows + 1, 0, ["Late Song", "1,250.00"])
    read = pl.read_excel("sales.xlsx")
    return str(read.schema["net"]), read["net"][-1]


seen = {rows: sheet(rows) for rows in (99, 100)}
for rows, (kind, last) in seen.items():
    print(f"{rows} numbers, then the text 1,250.00: the column is {kind}, its last cell {last!r}")
if seen != {99: ("String", "1,250.00"), 100: ("Float64", None)}:
    raise SystemExit("The behaviour has changed.")
PYTHON
