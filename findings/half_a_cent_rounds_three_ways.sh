#!/usr/bin/env bash
# One would guess that three engines that cast the same text or decimal to two places give the same cents. For 0.125
# and 0.135 Polars rounds half to even (0.12, 0.14), DuckDB half away from zero (0.13, 0.14), and pyarrow refuses or,
# told to be lenient, cuts off (0.12, 0.13). Within DuckDB a unit of 2.5 is 3 as text or decimal and 2 as a double;
# within Polars 1.75 as a decimal is 1 unit. A statement checked in one engine against another is off by cents in lines
# that no one can name. OAS rounds half to even everywhere, and takes a quantity with a fraction for no quantity.
#
# Seen on 2026-11-28:
#   polars 2.1.0 duckdb 2.0.0 pyarrow 26.0.1
#   polars, text: ['0.12', '0.14']
#   duckdb, text: ['0.13', '0.14']
#   pyarrow, text: ArrowInvalid: Rescaling Decimal value would cause data loss
#   pyarrow, decimal, safe=False: ['0.12', '0.13']
#   duckdb, 2.5 to integer, from text, decimal, double: (3, 3, 2)
#   polars, decimal 1.75 to integer: 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 duckdb==2.0.0 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import polars as pl
import pyarrow as pa

print("polars", pl.__version__, "duckdb", duckdb.__version__, "pyarrow", pa.__version__)
cells = ["0.125", "0.135"]


def sql(expression):
    return [str(row[0]) for row in duckdb.sql(f"select {expression} from (select unnest({cells}) as cell)").fetchall()]


def strict():
    try:
        return [str(cell) for cell in pa.array(cells).cast(pa.decimal128(10, 2)).to_pylist()]
    except pa.ArrowInvalid as error:
        return f"ArrowInvalid: {error}"


exact = pa.array(cells).cast(pa.decimal128(10, 3))
seen = {
    "polars, text": [str(cell) for cell in pl.Series(cells).cast(pl.Decimal(10, 2))],
    "duckdb, text": sql("cell::decimal(10, 2)"),
    "pyarrow, text": strict(),
    "pyarrow, decimal, safe=False": [str(cell) for cell in exact.cast(pa.decimal128(10, 2), safe=False).to_pylist()],
    "duckdb, 2.5 to integer, from text, decimal, double": str(
        duckdb.sql("select '2.5'::integer, 2.5::decimal(3, 1)::integer, 2.5::double::integer").fetchall()[0]
    ),
    "polars, decimal 1.75 to integer": str(pl.Series(["1.75"]).cast(pl.Decimal(10, 2)).cast(pl.Int64)[0]),
}
for who, result in seen.items():
    print(f"{who}: {result}")
if list(seen.values()) != [
    ["0.12", "0.14"], ["0.13", "0.14"], "ArrowInvalid: Rescaling Decimal value would cause data loss",
    ["0.12", "0.13"], "(3, 3, 2)", "1",
]:
    raise SystemExit("The behaviour has changed.")
PYTHON
