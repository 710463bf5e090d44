#!/usr/bin/env bash
# One would guess that pyarrow, which refuses to add two decimal128(38, 18) columns because the result could need 39
# digits, also refuses a sum that does need them. `sum`, `mean` and the sums of `group_by` wrap around at 128 bits
# instead, and raise nothing: the mean of two equal amounts of 9e19 is negative. A total of exact decimals looks safe
# because it is exact, and is not. OAS does not add up with pyarrow; it bounds each amount, and checks its totals
# against the lines it wrote.
#
# Seen on 2026-11-28:
#   pyarrow 26.0.1
#   9e19 + 9e19: ArrowInvalid: Decimal precision out of range [1, 38]: 39
#   sum: -160282366920938463463.374607431768211456
#   sum by artist: -160282366920938463463.374607431768211456
#   mean: -80141183460469231731.687303715884105728
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

print("pyarrow", pa.__version__)
net = pa.array([Decimal("90000000000000000000")] * 2, pa.decimal128(38, 18))
sales = pa.table({"artist": ["A", "A"], "net": net})
try:
    added = str(pc.add(net, net))
except pa.ArrowInvalid as error:
    added = f"ArrowInvalid: {error}"
seen = {
    "9e19 + 9e19": added,
    "sum": str(pc.sum(net).as_py()),
    "sum by artist": str(sales.group_by("artist").aggregate([("net", "sum")])["net_sum"][0].as_py()),
    "mean": str(pc.mean(net).as_py()),
}
for question, result in seen.items():
    print(f"{question}: {result}")
if seen != {
    "9e19 + 9e19": "ArrowInvalid: Decimal precision out of range [1, 38]: 39",
    "sum": "-160282366920938463463.374607431768211456",
    "sum by artist": "-160282366920938463463.374607431768211456",
    "mean": "-80141183460469231731.687303715884105728",
}:
    raise SystemExit("The behaviour has changed.")
PYTHON
