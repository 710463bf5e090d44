#!/usr/bin/env bash
# One would guess that a parser told that commas group thousands takes only groups of three after a first that is no
# zero, and refuses "0,412" and "1,5". babel (`parse_decimal` for English, unless strict), pandas (`thousands=","`) and
# DuckDB (`thousands = ','` with a DECIMAL column) take commas out wherever they are: 0.412 in the notation of most of
# Europe becomes 412, and 1.5 becomes 15. For German babel makes 1.23456 of "1,234.56". Files pass through spreadsheets
# of other countries on their way, so a single column can hold such cells. OAS weighs all cells of a column, and its
# layout, before it decides what a comma means there.
#
# Seen on 2026-11-28:
#   babel 2.18.0 pandas 3.1.1 duckdb 2.0.0
#   cells: ['0,412', '1,5']
#   babel, en: ['412', '15']
#   babel, en, strict: ['refused', 'refused']
#   pandas: ['412', '15']
#   duckdb: ['412.000', '15.000']
#   babel, de, 1,234.56: 1.23456
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq babel==2.18.0 pandas==3.1.1 duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io

import babel
import duckdb
import pandas
from babel.numbers import NumberFormatError, parse_decimal

print("babel", babel.__version__, "pandas", pandas.__version__, "duckdb", duckdb.__version__)
cells = ["0,412", "1,5"]


def strict(cell):
    try:
        return str(parse_decimal(cell, locale="en", strict=True))
    except NumberFormatError:
        return "refused"


text = "net\n" + "\n".join(cells) + "\n"
with open("sales.csv", "w") as file:
    file.write(text)
typed = "from read_csv('sales.csv', delim = ';', thousands = ',', columns = {'net': 'decimal(18, 3)'})"
seen = {
    "babel, en": [str(parse_decimal(cell, locale="en")) for cell in cells],
    "babel, en, strict": [strict(cell) for cell in cells],
    "pandas": [str(cell) for cell in pandas.read_csv(io.StringIO(text), sep=";", thousands=",")["net"]],
    "duckdb": [str(row[0]) for row in duckdb.sql(typed).fetchall()],
}
print("cells:", cells)
for who, result in seen.items():
    print(f"{who}: {result}")
german = str(parse_decimal("1,234.56", locale="de"))
print("babel, de, 1,234.56:", german)
if [*seen.values(), german] != [
    ["412", "15"], ["refused", "refused"], ["412", "15"], ["412.000", "15.000"], "1.23456",
]:
    raise SystemExit("The behaviour has changed.")
PYTHON
