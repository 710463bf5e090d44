#!/usr/bin/env bash
# One would guess that DuckDB's CSV reader, which counts the columns itself, fails or fills up where the lines of a
# file have different widths. It takes what stands above a wider stretch for a preamble: with a summary in three
# columns above a list in four the summary's sales are gone, and with a note at the end of later lines the first sales
# and the header are gone. Nothing is raised, though `ignore_errors` is off. Statements of several sections are common,
# and the sum of what is left looks like a sum. OAS finds the header by its names; lines that do not fit are rejected
# and counted.
#
# Seen on 2026-11-28:
#   duckdb 2.0.0
#   two sections: ['artist', 'title', 'units', 'net']
#     ('X', 'C', 3, 0.3)
#     ('X', 'D', 4, 0.4)
#   notes in later lines: ['column0', 'column1', 'column2', 'column3']
#     ('C', 3, 0.3, 'late')
#     ('D', 4, 0.4, 'late')
#     ('E', 5, 0.5, 'late')
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

print("duckdb", duckdb.__version__)
FILES = {
    "two sections": "title,units,net\nA,1,100.10\nB,2,0.20\n\nartist,title,units,net\nX,C,3,0.30\nX,D,4,0.40\n",
    "notes in later lines": "title,units,net\nA,1,100.10\nB,2,0.20\nC,3,0.30,late\nD,4,0.40,late\nE,5,0.50,late\n",
}


def read(text):
    with open("sales.csv", "w") as file:
        file.write(text)
    return duckdb.sql("from 'sales.csv'").columns, [str(row) for row in duckdb.sql("from 'sales.csv'").fetchall()]


seen = {name: read(text) for name, text in FILES.items()}
for name, (columns, rows) in seen.items():
    print(f"{name}: {columns}", *rows, sep="\n  ")
if seen != {
    "two sections": (["artist", "title", "units", "net"], ["('X', 'C', 3, 0.3)", "('X', 'D', 4, 0.4)"]),
    "notes in later lines": (
        ["column0", "column1", "column2", "column3"],
        ["('C', 3, 0.3, 'late')", "('D', 4, 0.4, 'late')", "('E', 5, 0.5, 'late')"],
    ),
}:
    raise SystemExit("The behaviour has changed.")
PYTHON
