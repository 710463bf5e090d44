"""The sales files of each report line."""

from __future__ import annotations

from tests.glider.reporting.driving import Lake, isrc, line, some_catalogue


def test_lines_of_very_many_files_name_each(lake: Lake) -> None:
    some_catalogue(lake)
    uuids = [f"{n:08x}" for n in range(131)]
    for n, uuid in enumerate(uuids):
        lake.put("2025-01", [line(isrc=isrc(1)), line(isrc=isrc(2), territory=f"T{n % 3}")], uuid=uuid)
    rows = {(row["reference"], row["territory"]): row["source_files"].split() for row in lake.monthly().rows}
    assert rows["T1", "DE"] == uuids
    assert rows["T2", "T1"] == uuids[1::3]
