#!/usr/bin/env bash
# One would guess that Polars sums small integers in Int64, because it does so for Int8 and Int16, and because pyarrow
# and DuckDB widen the sum of every width. Sums of Int32 and UInt32 keep the type of the column and wrap around, in
# memory, streaming and by group. Counts of 32 bits are usual in Parquet, and 2.1 billion streams are less than a large
# artist has: the total becomes negative or small without an error. OAS holds every quantity as Int64 and takes none
# above 10^10.
#
# Seen on 2026-11-28:
#   polars 2.1.0 duckdb 2.0.0
#   Int16, right: 32777; pyarrow 32777, duckdb 32777
#   Int16, polars: 32777, by group 32777, streaming 32777
#   Int32, right: 2147483657; pyarrow 2147483657, duckdb 2147483657
#   Int32, polars: -2147483639, by group -2147483639, streaming -2147483639
#   UInt32, right: 4294967305; pyarrow 4294967305, duckdb 4294967305
#   UInt32, polars: 9, by group 9, streaming 9
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0 duckdb==2.0.0 pyarrow==26.0.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import duckdb
import polars as pl
import pyarrow.compute as pc

print("polars", pl.__version__, "duckdb", duckdb.__version__)
seen = []
for kind, most in ((pl.Int16, 2**15 - 1), (pl.Int32, 2**31 - 1), (pl.UInt32, 2**32 - 1)):
    sales = pl.DataFrame({"artist": ["A", "A"], "streams": [most, 10]}, schema_overrides={"streams": kind})
    grouped = sales.lazy().group_by("artist").agg(pl.col("streams").sum())
    arrow = sales.to_arrow()
    seen.append((
        str(kind), most + 10, sales["streams"].sum(), grouped.collect(engine="in-memory")["streams"][0],
        grouped.collect(engine="streaming")["streams"][0], pc.sum(arrow["streams"]).as_py(),
        int(duckdb.sql("select sum(streams) from arrow").fetchall()[0][0]),
    ))
for kind, right, whole, group, stream, arrow, duck in seen:
    print(f"{kind}, right: {right}; pyarrow {arrow}, duckdb {duck}")
    print(f"{kind}, polars: {whole}, by group {group}, streaming {stream}")
if seen != [
    ("Int16", 32777, 32777, 32777, 32777, 32777, 32777),
    ("Int32", 2147483657, -2147483639, -2147483639, -2147483639, 2147483657, 2147483657),
    ("UInt32", 4294967305, 9, 9, 9, 4294967305, 4294967305),
]:
    raise SystemExit("The behaviour has changed.")
PYTHON
