#!/usr/bin/env bash
# One would guess that 0.05 times 0.15, both exact decimals of two places, is 0.0075, as in SQL, in pyarrow and in
# Python. Polars gives the product the larger scale of its factors: 0.01, and a twelfth of 0.05 is 0.00. Nothing is
# raised, and the column says 38 digits of precision. Shares and exchange rates are products of such columns, and
# royalties of a stream are fractions of a cent, so whole payments vanish or grow by a third. OAS keeps every amount,
# rate and share at 18 places before it multiplies or divides.
#
# Seen on 2026-11-28:
#   polars 2.1.0 duckdb 2.0.0 pyarrow 26.0.1
#   python, 0.05 x 0.15: 0.0075
#   pyarrow, 0.05 x 0.15: 0.0075
#   duckdb, 0.05 x 0.15: 0.0075
#   polars, 0.05 x 0.15: 0.01
#   polars, a twelfth of 0.05: 0.00
#   polars, type of the product: Decimal(precision=38, scale=2)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 duckdb==2.0.0 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

print("polars", pl.__version__, "duckdb", duckdb.__version__, "pyarrow", pa.__version__)
amount, share = Decimal("0.05"), Decimal("0.15")
sales = pl.DataFrame({"net": [amount], "share": [share]}, schema=dict.fromkeys(("net", "share"), pl.Decimal(10, 2)))
polars = sales.select(part=pl.col("net") * pl.col("share"), twelfth=pl.col("net") / 12)
kind = pa.decimal128(10, 2)
seen = {
    "python": str(amount * share),
    "pyarrow": str(pc.multiply(pa.array([amount], kind), pa.array([share], kind))[0].as_py()),
    "duckdb": str(duckdb.sql("select 0.05::decimal(10, 2) * 0.15::decimal(10, 2)").fetchall()[0][0]),
    "polars": str(polars["part"][0]),
    "polars, a twelfth of 0.05": str(polars["twelfth"][0]),
}
for who, result in seen.items():
    print(f"{who}: {result}" if "twelfth" in who else f"{who}, 0.05 x 0.15: {result}")
print("polars, type of the product:", polars.schema["part"])
if list(seen.values()) != ["0.0075", "0.0075", "0.0075", "0.01", "0.00"]:
    raise SystemExit("The behaviour has changed.")
PYTHON
