#!/usr/bin/env bash
# One would guess that a library whose one job is to read amounts of money keeps a minus sign, and takes "0.412" for
# less than one. price-parser drops the sign in all three notations of statements, so that a refund of 1.50 is a sale
# of 1.50, and takes a point before three digits for thousands even after a zero: 0.412 is 412, while 0.0412 is 0.0412.
# It raises nothing. Rates per stream have three to six places, and which of them are multiplied by a thousand depends
# on how many digits a store prints. OAS reads a minus in front, at the end and as brackets, and asks the whole column
# for its decimal sign.
#
# Seen on 2026-11-28:
#   price-parser 0.5.1
#   -1.50: 1.50
#   (1.50): 1.50
#   1.50-: 1.50
#   0.41: 0.41
#   0.412: 412
#   0.0412: 0.0412
#   1.234: 1234
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq price-parser==0.5.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from price_parser import Price

print("price-parser", version("price-parser"))
cells = ["-1.50", "(1.50)", "1.50-", "0.41", "0.412", "0.0412", "1.234"]
seen = [str(Price.fromstring(cell).amount) for cell in cells]
for cell, amount in zip(cells, seen, strict=True):
    print(f"{cell}: {amount}")
if seen != ["1.50", "1.50", "1.50", "0.41", "412", "0.0412", "1234"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
