"""Suggestions for what is not in the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.glider.reporting.driving import Lake, Made, isrc, line, release, track


def suggestions(made: Made) -> dict[str, tuple[Any, ...]]:
    return {row["track"] or row["release"]: (row["suggested_reference"], row["score"]) for row in made.rows}


def test_a_similar_item_is_suggested_and_never_applied(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), "Night Bus"), track(2, isrc(2), "Harbour Lights"), release(7, title="Lines"))
    lake.put(
        "2025-01",
        [
            line(isrc=isrc(51), track="Night Bus"),
            line(isrc=isrc(52), track="Harbor Light"),
            line(isrc=isrc(54), track="Nightbus"),
            line(isrc=isrc(53), track="Completely Different", artist="Nobody You Know"),
            line(level="release", track=None, release="Linez", upc="111111111111"),
            line(artist=None, track=None),
        ],
    )
    made = lake.unmatched()
    assert suggestions(made) == {
        "Night Bus": ("T1", "100"),
        "Harbor Light": ("T2", "96"),
        "Nightbus": ("T1", "98"),
        "Completely Different": ("", ""),
        "Linez": ("R7", "94"),
        "": ("", ""),
    }
    assert made.result.suggested == 4
    assert lake.monthly().rows == []


def test_words_in_another_order_are_the_same_words(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), "Night Bus", artist="Lane Aurora"))
    lake.put("2025-01", [line(isrc=isrc(51))])
    assert suggestions(lake.unmatched()) == {"Night Bus": ("T1", "100")}


def test_comparisons_are_bounded_and_what_earned_most_is_compared_first(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glider.reporting.suggest.MOST_PAIRS", 1)
    lake.catalogue(track(1, isrc(1), "Night Bus"))
    lake.put(
        "2025-01", [line(isrc=isrc(51), track="Night Buss", net="1"), line(isrc=isrc(52), track="Nite Bus", net="-3")]
    )
    assert [group.get("score") for group in lake.unmatched().groups()] == [93, None]
