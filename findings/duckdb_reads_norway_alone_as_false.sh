#!/usr/bin/env bash
# One would guess that a column of two-letter country codes is text. Where all of a file's sales are from Norway,
# DuckDB's CSV reader takes NO for a boolean, and the territory of every line is false; one line from elsewhere turns
# it back into text. Reports for one country are common (local stores, societies), and the same query gives NO for one
# file and false for another. The same holds for artists called Yes, True or T. OAS reads every cell as text and looks
# up what it means.
#
# Seen on 2026-11-28:
#   duckdb 2.0.0
#   NO, NO: BOOLEAN [False, False]
#   NO, SE: VARCHAR ['NO', 'SE']
#   Yes, Yes: BOOLEAN [True, True]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

print("duckdb", duckdb.__version__)


def territories(*codes):
    with open("sales.csv", "w") as file:
        file.write("territory,net\n" + "".join(f"{code},0.31\n" for code in codes))
    sales = duckdb.sql("from 'sales.csv'")
    return str(sales.types[0]), [row[0] for row in sales.fetchall()]


seen = {codes: territories(*codes) for codes in (("NO", "NO"), ("NO", "SE"), ("Yes", "Yes"))}
for codes, (kind, cells) in seen.items():
    print(f"{', '.join(codes)}: {kind} {cells}")
if list(seen.values()) != [("BOOLEAN", [False, False]), ("VARCHAR", ["NO", "SE"]), ("BOOLEAN", [True, True])]:
    raise SystemExit("The behaviour has changed.")
PYTHON
