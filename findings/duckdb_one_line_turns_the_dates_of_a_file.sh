#!/usr/bin/env bash
# One would guess that a column of dates written 01/02/2025 is read by one rule, or left as text. DuckDB's CSV reader
# tries formats until one fits all the lines it samples, the day first: a file of an American store for the first days
# of January is read as the first of each month until December, and a single line of 01/31/2025 at the end turns every
# other line back. The sales of one month spread over the year, depending on which lines the file happens to have, and
# nothing is raised. OAS never guesses from the cells whether 3/4 is in March or in April: the layout of a store fixes
# the notation.
#
# Seen on 2026-11-28:
#   duckdb 2.0.0
#   01/02/2025, 01/03/2025: ['2025-02-01', '2025-03-01']
#   01/02/2025, 01/03/2025, 01/31/2025: ['2025-01-02', '2025-01-03', '2025-01-31']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb

print("duckdb", duckdb.__version__)


def days(*cells):
    with open("sales.csv", "w") as file:
        file.write("day,net\n" + "".join(f"{cell},0.31\n" for cell in cells))
    return [str(row[0]) for row in duckdb.sql("from 'sales.csv'").fetchall()]


seen = [days("01/02/2025", "01/03/2025"), days("01/02/2025", "01/03/2025", "01/31/2025")]
print("01/02/2025, 01/03/2025:", seen[0])
print("01/02/2025, 01/03/2025, 01/31/2025:", seen[1])
if seen != [["2025-02-01", "2025-03-01"], ["2025-01-02", "2025-01-03", "2025-01-31"]]:
    raise SystemExit("The behaviour has changed.")
PYTHON
