#!/usr/bin/env bash
# One would guess that a sum of Decimal(38, 18) that needs more than 38 digits is an error in Polars, as it is for
# `select` and for the streaming engine. With `group_by` and with `over`, in memory, it wraps around: two amounts of
# 9e19 come to a negative number, four to a plausible positive one, and nothing is raised. Totals of sales are sums by
# group, so a broken amount in one line can turn the total of an artist into any other number. OAS bounds what a line,
# a file and an organisation may come to, so that no sum reaches the limit, and adds up what it has written again.
#
# Seen on 2026-11-28:
#   polars 2.1.0
#   2 x 9e19, select: ComputeError: overflow in decimal addition in sum
#   2 x 9e19, group_by, streaming: ComputeError: overflow in decimal addition in sum
#   2 x 9e19, group_by, in memory: -160282366920938463463.37460743176821146
#   2 x 9e19, over: -160282366920938463463.37460743176821146
#   4 x 9e19, select: ComputeError: overflow in decimal addition in sum
#   4 x 9e19, group_by, streaming: ComputeError: overflow in decimal addition in sum
#   4 x 9e19, group_by, in memory: 19717633079061536536.625392568231788544
#   4 x 9e19, over: 19717633079061536536.625392568231788544
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq polars==2.1.0
cd "$folder"
venv/bin/python - <<'PYTHON'
from decimal import Decimal

import polars as pl

print("polars", pl.__version__)


def answer(question):
    try:
        return str(question())
    except pl.exceptions.ComputeError as error:
        return f"ComputeError: {str(error).splitlines()[0]}"


seen = []
for count in (2, 4):
    sales = pl.DataFrame({"artist": ["A"] * count, "net": [Decimal("90000000000000000000")] * count})
    sales = sales.cast({"net": pl.Decimal(38, 18)})
    by_artist = sales.lazy().group_by("artist").agg(pl.col("net").sum())
    seen += [
        ("select", count, answer(lambda: sales.select(pl.col("net").sum()).item())),
        ("group_by, streaming", count, answer(lambda: by_artist.collect(engine="streaming")["net"][0])),
        ("group_by, in memory", count, answer(lambda: by_artist.collect(engine="in-memory")["net"][0])),
        ("over", count, answer(lambda: sales.select(pl.col("net").sum().over("artist"))["net"][0])),
    ]
for way, count, result in seen:
    print(f"{count} x 9e19, {way}: {result}")
wrapped = {2: "-160282366920938463463.37460743176821146", 4: "19717633079061536536.625392568231788544"}
for way, count, result in seen:
    raised = "ComputeError: overflow in decimal addition in sum"
    if result != (wrapped[count] if way in ("group_by, in memory", "over") else raised):
        raise SystemExit(f"The behaviour has changed: {way}")
PYTHON
