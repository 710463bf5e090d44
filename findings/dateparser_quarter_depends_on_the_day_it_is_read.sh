#!/usr/bin/env bash
# One would guess that "Q3 2025" is read as the first day, or the last, of that quarter, or is refused. dateparser
# gives the month that has the place in its quarter which the current month has in its own, with the current day of the
# month: read in January it is July, in February August, in March September. Many sales reports are quarterly, so the
# same file imported twice can land in different months, and a test written in one month fails in the next. OAS has a
# fixed notation for each layout and keeps a quarter under its first month, marked as a span.
#
# Seen on 2026-11-28:
#   dateparser 1.5.0
#   Q3 2025, read on 2026-01-15: 2025-07-15
#   Q3 2025, read on 2026-02-15: 2025-08-15
#   Q3 2025, read on 2026-03-15: 2025-09-15
#   Q3 2025, read on 2026-11-15: 2025-08-15
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq dateparser==1.5.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime

import dateparser

print("dateparser", dateparser.__version__)
seen = []
for month in (1, 2, 3, 11):
    today = datetime.datetime(2026, month, 15)
    seen.append(str(dateparser.parse("Q3 2025", settings={"RELATIVE_BASE": today}).date()))
    print(f"Q3 2025, read on {today.date()}: {seen[-1]}")
if seen != ["2025-07-15", "2025-08-15", "2025-09-15", "2025-08-15"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
