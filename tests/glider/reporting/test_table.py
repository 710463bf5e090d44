"""The groups of what is not in the catalogue: one for each alias that would match its lines."""

from __future__ import annotations

from decimal import Decimal

from tests.glider.reporting.driving import Lake, isrc, line


def test_lines_that_one_alias_would_match_are_one_group(lake: Lake) -> None:
    lake.catalogue()
    lake.put(
        "2025-01",
        [
            line(isrc=isrc(1), track="Night Bus", dsp="Spotify", net="1"),
            line(isrc=isrc(1), track="NIGHT BUS", dsp="Deezer", net="2"),
            line(artist="Aurora Lane", track="Night Bus", net="-9"),
            line(artist="THE AURORA LANE", track="Night Bus (feat. Bo)", net="1"),
            line(artist=None, track=None, net="0.5"),
        ],
    )
    lake.put("2025-02", [line(isrc=isrc(1), track="Night-Bus", net="4")])
    made = lake.unmatched("2025-01", "2025-02")
    shown = [(group.get("kind"), group["key"], group["rows"], Decimal(group["revenue"])) for group in made.groups()]
    assert shown == [
        ("artist_title", "aurora lane|night bus", 2, Decimal(-8)),
        ("isrc", isrc(1), 3, Decimal(7)),
        (None, "track", 1, Decimal("0.5")),
    ]
    assert (made.result.groups, made.snapshot["groups_kept"]) == (3, 3)
