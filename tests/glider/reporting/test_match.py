"""Which item of the catalogue a sale line is of, or why it is of none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.glider.reporting.driving import Lake, columns, line, release, track

UPC, GTIN = "123456789012", "00123456789012"
OTHER_UPC, OTHER_GTIN = "555555555555", "00555555555555"
ISRC, OTHER_ISRC = "DEA123456789", "DEA129999999"


def matched(lake: Lake) -> list[tuple[str, ...]]:
    return columns(lake.monthly().rows, "reference", "track", "release", "isrc", "upc")


def reasons(lake: Lake) -> list[tuple[str, ...]]:
    return columns(lake.unmatched().rows, "reason", "track", "release")


def test_a_line_is_of_the_track_that_has_its_isrc(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC), track(2, OTHER_ISRC, "Other"))
    lake.put("2025-01", [line(isrc=ISRC, artist="AURORA LANE", track="Nightbus")])
    assert matched(lake) == [("T1", "Night Bus", "", ISRC, "")]
    assert reasons(lake) == []


def test_title_and_version_are_shown_as_one(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC, track_version="Radio Edit"))
    lake.put("2025-01", [line(isrc=ISRC)])
    assert matched(lake) == [("T1", "Night Bus (Radio Edit)", "", ISRC, "")]


def test_a_release_level_line_is_of_the_release_that_has_its_upc(lake: Lake) -> None:
    lake.catalogue(release(7, GTIN), track(1, ISRC, release_id=7, release_title="Lines", upc=GTIN))
    lake.put("2025-01", [line(level="release", track=None, release="Lines", upc=UPC)])
    assert matched(lake) == [("R7", "", "Lines", "", UPC)]


def test_a_upc_does_not_state_which_track_was_sold(lake: Lake) -> None:
    lake.catalogue(release(7, GTIN), track(1, ISRC, release_id=7, release_title="Lines", upc=GTIN))
    lake.put("2025-01", [line(upc=UPC)])
    assert (matched(lake), reasons(lake)) == ([], [("isrc_missing", "Night Bus", "")])


@pytest.mark.parametrize("level", ["track", "release"])
def test_catalogue_number_and_title_together_are_enough(lake: Lake, level: str) -> None:
    place: dict[str, Any] = {"release_id": 7, "release_title": "Lines", "catalogue_number": "AL01"}
    lake.catalogue(release(7, catalogue_number="AL01"), track(1, None, **place), track(2, None, "Other", **place))
    titles = {"track": "NIGHT BUS"} if level == "track" else {"track": None, "release": "lines!"}
    lake.put("2025-01", [line(level=level, catalogue_number="al-01", **titles)])
    assert [row[0] for row in matched(lake)] == ["T1" if level == "track" else "R7"]


def test_two_tracks_of_one_catalogue_number_and_title_match_no_line(lake: Lake) -> None:
    place: dict[str, Any] = {"release_id": 7, "catalogue_number": "AL01"}
    lake.catalogue(track(1, None, **place), track(2, None, **place))
    lake.put("2025-01", [line(catalogue_number="AL01")])
    assert reasons(lake) == [("several_candidates", "Night Bus", "")]


@pytest.mark.parametrize(
    ("sold", "alias"),
    [
        ({"isrc": OTHER_ISRC}, ("isrc", OTHER_ISRC)),
        ({"upc": OTHER_UPC}, ("upc", OTHER_GTIN)),
        ({"upc": OTHER_UPC, "level": "release", "release": "Single", "track": None}, ("upc", OTHER_GTIN)),
        ({"artist": "The Aurora Lane", "track": "Night Bus!"}, ("artist_title", "aurora lane|night bus")),
        ({"isrc": OTHER_ISRC}, ("artist_title", "aurora lane|night bus")),
    ],
)
def test_an_alias_leads_to_its_track(lake: Lake, sold: dict[str, Any], alias: tuple[str, str]) -> None:
    lake.put("2025-01", [line(**sold)])
    lake.catalogue(track(1, ISRC))
    assert matched(lake) == []
    lake.catalogue(track(1, ISRC), aliases=[(*alias, 1, None)])
    assert [row[0] for row in matched(lake)] == ["T1"]
    assert reasons(lake) == []


def test_an_alias_leads_to_its_release(lake: Lake) -> None:
    lake.catalogue(release(7, GTIN), aliases=[("upc", OTHER_GTIN, None, 7)])
    lake.put("2025-01", [line(level="release", track=None, release="X", upc=OTHER_UPC), line(upc=OTHER_UPC)])
    assert matched(lake) == [("R7", "", "Lines", "", UPC)]
    assert reasons(lake) == [("isrc_missing", "Night Bus", "")]


def test_an_alias_from_a_upc_to_a_track_does_not_overrule_an_isrc(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC), aliases=[("upc", OTHER_GTIN, 1, None)])
    lake.put("2025-01", [line(isrc=OTHER_ISRC, upc=OTHER_UPC)])
    assert reasons(lake) == [("isrc_not_in_catalogue", "Night Bus", "")]


def test_the_catalogue_comes_before_an_alias(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC), track(2, OTHER_ISRC, "Other"), aliases=[("isrc", ISRC, 2, None)])
    lake.put("2025-01", [line(isrc=ISRC)])
    assert [row[0] for row in matched(lake)] == ["T1"]


def test_an_alias_to_a_track_that_is_no_longer_in_the_catalogue_matches_nothing(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC), aliases=[("isrc", OTHER_ISRC, 99, None)])
    lake.put("2025-01", [line(isrc=OTHER_ISRC)])
    assert reasons(lake) == [("isrc_not_in_catalogue", "Night Bus", "")]


def on_two_releases() -> list[dict[str, Any]]:
    album: dict[str, Any] = {"release_id": 7, "release_title": "Lines", "upc": GTIN}
    single: dict[str, Any] = {"release_id": 8, "release_title": "Night Bus", "upc": OTHER_GTIN}
    return [track(1, ISRC, **album), track(1, ISRC, **single), release(7, GTIN), release(8, OTHER_GTIN, "Night Bus")]


def test_the_upc_states_which_release_of_a_track_was_sold(lake: Lake) -> None:
    lake.catalogue(*on_two_releases())
    lake.put("2025-01", [line(isrc=ISRC, upc=UPC), line(isrc=ISRC, upc=OTHER_UPC)])
    assert sorted(row[2] for row in matched(lake)) == ["Lines", "Night Bus"]


def test_a_release_is_not_guessed(lake: Lake) -> None:
    lake.catalogue(*on_two_releases())
    lake.put("2025-01", [line(isrc=ISRC), line(isrc=ISRC, upc="999999999999")])
    assert matched(lake) == [("T1", "Night Bus", "", ISRC, "")]


def test_the_only_release_of_a_track_is_its_release(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC, release_id=7, release_title="Lines", upc=GTIN))
    lake.put("2025-01", [line(isrc=ISRC), line(isrc=ISRC, upc=OTHER_UPC)])
    assert matched(lake) == [("T1", "Night Bus", "Lines", ISRC, UPC)]


def test_an_alias_and_a_upc_together_say_which_release(lake: Lake) -> None:
    lake.catalogue(*on_two_releases(), aliases=[("isrc", OTHER_ISRC, 1, None)])
    lake.put("2025-01", [line(isrc=OTHER_ISRC, upc=OTHER_UPC)])
    assert matched(lake) == [("T1", "Night Bus", "Night Bus", ISRC, OTHER_UPC)]


WHOLE = {"level": "release", "track": None, "release": "Lines"}


@pytest.mark.parametrize(
    ("sold", "reason"),
    [
        ({"isrc": OTHER_ISRC, "upc": UPC}, "isrc_not_in_catalogue"),
        ({**WHOLE, "upc": OTHER_UPC}, "upc_not_in_catalogue"),
        ({**WHOLE, "upc": OTHER_UPC, "isrc": OTHER_ISRC}, "upc_not_in_catalogue"),
        ({"catalogue_number": "XX99"}, "catalogue_number_not_in_catalogue"),
        ({"catalogue_number": "AL01", "track": "Something Else"}, "title_not_found"),
        ({"upc": UPC}, "isrc_missing"),
        ({}, "no_identifier"),
        ({"artist": None, "track": None}, "no_identifier"),
    ],
)
def test_the_reason_names_what_is_to_be_mended(lake: Lake, sold: dict[str, Any], reason: str) -> None:
    place: dict[str, Any] = {"release_id": 7, "release_title": "Lines", "upc": GTIN, "catalogue_number": "AL01"}
    lake.catalogue(track(1, ISRC, **place), release(7, GTIN, catalogue_number="AL01"))
    lake.put("2025-01", [line(**sold)])
    assert [row[0] for row in reasons(lake)] == [reason]


def test_everything_is_unmatched_while_there_is_no_catalogue(lake: Lake) -> None:
    lake.catalogue()
    lake.put("2025-01", [line(isrc=ISRC), line(**WHOLE, upc=UPC)])
    assert matched(lake) == []
    assert sorted(row[0] for row in reasons(lake)) == ["isrc_not_in_catalogue", "upc_not_in_catalogue"]
