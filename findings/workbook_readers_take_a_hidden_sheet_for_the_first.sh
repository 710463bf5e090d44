#!/usr/bin/env bash
# One would guess that a reader of workbooks asked for no sheet by name takes one that Excel shows. pandas, with either
# engine, and Polars count hidden sheets like others: the first sheet is read although it is hidden, and "all sheets"
# are the hidden ones too. A workbook can carry last month's list in a hidden sheet, so that the sales of another month
# are read instead, or beside those of this one, and nobody who looks at the file in Excel can see why. OAS leaves
# hidden sheets out with a warning that names them, and reads them only where no sheet that Excel shows has sales.
#
# Seen on 2026-11-28:
#   pandas 3.1.1 python-calamine 0.9.1 polars 2.1.0
#   sheets as stored: [('June, old', 'Hidden'), ('July', 'Visible')]
#   pandas, openpyxl: 99
#   pandas, calamine: 99
#   polars: 99
#   pandas, all sheets: ['June, old', 'July']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq pandas==3.1.1 openpyxl==3.1.5 python-calamine==0.9.1 polars==2.1.0 \
    fastexcel==0.21.0 xlsxwriter==3.3.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import pandas
import polars as pl
import xlsxwriter
from python_calamine import CalamineWorkbook

warnings.simplefilter("ignore")
print("pandas", pandas.__version__, "python-calamine", version("python-calamine"), "polars", pl.__version__)
with xlsxwriter.Workbook("sales.xlsx") as workbook:
    for title, net in (("June, old", 99), ("July", 1)):
        page = workbook.add_worksheet(title)
        page.write_row(0, 0, ["title", "net"])
        page.write_row(1, 0, ["Song", net])
        if title == "July":
            page.activate()
            page.set_first_sheet()
        else:
            page.hide()
opened = CalamineWorkbook.from_path("sales.xlsx")
seen = {
    "sheets as stored": [(sheet.name, str(sheet.visible).split(".")[-1]) for sheet in opened.sheets_metadata],
    "pandas, openpyxl": int(pandas.read_excel("sales.xlsx", engine="openpyxl")["net"].sum()),
    "pandas, calamine": int(pandas.read_excel("sales.xlsx", engine="calamine")["net"].sum()),
    "polars": pl.read_excel("sales.xlsx")["net"].sum(),
    "pandas, all sheets": list(pandas.read_excel("sales.xlsx", engine="calamine", sheet_name=None)),
}
for who, result in seen.items():
    print(f"{who}: {result}")
if list(seen.values()) != [[("June, old", "Hidden"), ("July", "Visible")], 99, 99, 99, ["June, old", "July"]]:
    raise SystemExit("The behaviour has changed.")
PYTHON
