#!/usr/bin/env bash
# One would guess that a converter from workbook to CSV writes the values of the cells. xlsx2csv writes a number with
# the format 0.00 as it is shown, so that 0.0031 becomes 0.00, and 15.5 % becomes 16%; the same number with a currency
# sign or with brackets for negatives in its format is written in full. Which column loses its cents depends on how it
# was made to look, and a file of streams can come to nothing. OAS takes the stored value of a cell, never what is
# shown.
#
# Seen on 2026-11-28:
#   xlsx2csv 0.8.6
#   none,two places,with sign,brackets,percent
#   0.0031,0.00,0.0031,-0.0031,16%
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq xlsx2csv==0.8.6 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
from importlib.metadata import version

import xlsxwriter

print("xlsx2csv", version("xlsx2csv"))
FORMATS = {"none": (0.0031, "General"), "two places": (0.0031, "0.00"), "with sign": (0.0031, '"$"#,##0.00'),
           "brackets": (-0.0031, "#,##0.00;(#,##0.00)"), "percent": (0.155, "0%")}
with xlsxwriter.Workbook("sales.xlsx") as workbook:
    page = workbook.add_worksheet()
    page.write_row(0, 0, list(FORMATS))
    for column, (value, form) in enumerate(FORMATS.values()):
        page.write_number(1, column, value, workbook.add_format({"num_format": form}))
done = subprocess.run(["venv/bin/xlsx2csv", "sales.xlsx"], capture_output=True, text=True, check=True)
cells = done.stdout.splitlines()
print(*cells, sep="\n")
if cells != ["none,two places,with sign,brackets,percent", "0.0031,0.00,0.0031,-0.0031,16%"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
