#!/usr/bin/env bash
# One would guess that sorting a CSV with csvkit changes the order of its lines and nothing else, and that adding up a
# column of ones gives their number. Columns are typed first: units of 1 become True and `csvstat --sum` has no sum for
# them; a share of 15% becomes 15; sales in NA and NO (Namibia, Norway) get an empty territory and False; tracks called
# May and Monday become dates of the year 1, and 24 Hours becomes "1 day, 0:00:00". The file that is written still
# looks like a sales file. A tool that splits or sorts files on their way to an import changes what was sold, how often
# and where. OAS types no cell by what its neighbours look like.
#
# Seen on 2026-11-28:
#   csvkit 2.2.0
#   title,territory,units,share
#   Song A,,True,15
#   Song B,False,True,20
#   None
#   title,units
#   0001-05-01,7
#   0001-01-08,8
#   title,units
#   "1 day, 0:00:00",7
#   "7 days, 0:00:00",8
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq csvkit==2.2.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import subprocess
from importlib.metadata import version

print("csvkit", version("csvkit"))


def run(tool, text, *options):
    with open("sales.csv", "w") as file:
        file.write(text)
    command = [f"venv/bin/{tool}", *options, "sales.csv"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]


units = "title,territory,units,share\nSong A,NA,1,15%\nSong B,NO,1,20%\n"
seen = [
    run("csvsort", units, "-c", "title"),
    run("csvstat", units, "--sum", "-c", "units"),
    run("csvsort", "title,units\nMay,7\nMonday,8\n", "-c", "units"),
    run("csvsort", "title,units\n24 Hours,7\n7 Days,8\n", "-c", "units"),
]
for lines in seen:
    print(*lines, sep="\n")
if seen != [
    ["title,territory,units,share", "Song A,,True,15", "Song B,False,True,20"],
    ["None"],
    ["title,units", "0001-05-01,7", "0001-01-08,8"],
    ["title,units", '"1 day, 0:00:00",7', '"7 days, 0:00:00",8'],
]:
    raise SystemExit("The behaviour has changed.")
PYTHON
