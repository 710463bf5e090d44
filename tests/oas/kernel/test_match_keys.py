from __future__ import annotations

import polars as pl
import pytest

from oas.kernel.match_keys import (
    Normal,
    artist_title_key_of,
    check_digit_holds,
    full_title,
    is_upc,
    normal_artist,
    normal_catalogue_number,
    normal_isrc,
    normal_name,
    normal_title,
    normal_upc,
    shown_upc,
)


@pytest.mark.parametrize(
    ("rule", "text", "form"),
    [
        (normal_isrc, "QZAAA2500001", "QZAAA2500001"),
        (normal_isrc, " qz-aaa-25-00001 ", "QZAAA2500001"),
        (normal_isrc, "QZ\u2010AAA\u00a025\u201000001", "QZAAA2500001"),
        (normal_isrc, "ISRC: USRC17607839", "USRC17607839"),
        (normal_isrc, "USRC1760783", None),
        (normal_isrc, "USRC1760783\u0669", None),  # a digit of another script
        (normal_isrc, "abcdefghijk", None),
        (normal_isrc, "", None),
        (normal_isrc, None, None),
        (normal_upc, "036000291452", "00036000291452"),
        (normal_upc, "0 36000-29145 2", "00036000291452"),
        (normal_upc, "36000291452", "00036000291452"),
        (normal_upc, "36000291452.0", "00036000291452"),
        (normal_upc, "4006381333931", "04006381333931"),
        (normal_upc, "10614141543219", "10614141543219"),
        (normal_upc, "036000291453", "00036000291453"),
        (normal_upc, "000000000000", None),
        (normal_upc, "1234567", None),
        (normal_upc, "123456789012345", None),
        (normal_upc, "8.6e+11", None),
        (normal_upc, "A123", None),
        (normal_upc, "", None),
        (normal_upc, None, None),
        (shown_upc, "00036000291452", "036000291452"),
        (shown_upc, "04006381333931", "4006381333931"),
        (shown_upc, "10614141543219", "10614141543219"),
        (normal_catalogue_number, "TEST-01 lp   ", "TEST01LP"),
        (normal_catalogue_number, "TEST01lp", "TEST01LP"),
        (normal_catalogue_number, " - ", None),
        (normal_catalogue_number, None, None),
        (normal_name, "  Aurora   LANE ", "aurora lane"),
        (normal_name, "Beyoncé", "beyoncé"),
        (normal_name, "\u200b ", None),
        (normal_title, "Night Bus (Radio Edit)", "night bus radio edit"),
        (normal_title, "Night Bus - Radio Edit", "night bus radio edit"),
        (normal_title, "Night Bus (feat. Bo & Co) [Radio Edit]", "night bus radio edit"),
        (normal_title, "Night Bus feat. Bo - Radio Edit", "night bus radio edit"),
        (normal_title, "Night Bus ft Bo (Radio Edit)", "night bus radio edit"),
        (normal_title, "Night Bus FEATURING Bo", "night bus"),
        (normal_title, "Don\u2019t Stop", "dont stop"),
        (normal_title, "Don't   stop!", "dont stop"),
        (normal_title, "Rock & Roll", "rock and roll"),
        (normal_title, "\uff2e\uff49\uff47\uff48\uff54 Straße", "night strasse"),
        (normal_title, "Déjà Vu", "deja vu"),
        (normal_title, "De\u0301ja\u0300 Vu", "deja vu"),
        (normal_title, "Feather", "feather"),
        (normal_title, "Feat", "feat"),
        (normal_title, "がんばれ", "がんばれ"),
        (normal_title, "हिन्दी", "हिन्दी"),
        (normal_title, "???", "???"),
        (normal_title, "  ", None),
        (normal_title, None, None),
        (normal_artist, "The Aurora Lane feat. Bo", "aurora lane"),
        (normal_artist, "Aurora Lane (ft. Bo)", "aurora lane"),
        (normal_artist, "Beatles, The", "beatles"),
        (normal_artist, "The The", "the"),
        (normal_artist, "Ft. Lauderdale Boys", "ft lauderdale boys"),
        (normal_artist, "A$AP", "a$ap"),
        (normal_artist, "Björk", "bjork"),
        (normal_artist, "!!!", "!!!"),
    ],
)
def test_each_form_is_the_same_for_a_column_and_for_a_text(rule: Normal, text: str | None, form: str | None) -> None:
    assert rule(text) == form
    column = pl.DataFrame({"a": [text, text]}, schema={"a": pl.String}).select(rule(pl.col("a")))
    assert column.to_series().to_list() == [form, form]


@pytest.mark.parametrize(
    ("gtin", "holds"),
    [
        ("00036000291452", True),
        ("04006381333931", True),
        ("10614141543219", True),
        ("00036000291453", False),
        (None, False),
    ],
)
def test_the_check_digit_is_that_of_the_gs1_specifications(gtin: str | None, holds: bool) -> None:
    column = pl.DataFrame({"a": [gtin]}, schema={"a": pl.String})
    assert column.select(check_digit_holds(pl.col("a"))).item() is holds


@pytest.mark.parametrize(
    ("text", "is_one"), [("036000291452", True), ("36000291452", True), ("036000291453", False), ("x", False)]
)
def test_a_upc_is_one_when_its_check_digit_holds(text: str, is_one: bool) -> None:
    assert is_upc(text) is is_one


def test_the_key_of_artist_and_title_is_made_of_both() -> None:
    assert artist_title_key_of("The Lanes feat. Bo", "Night Bus (Radio Edit)") == "lanes|night bus radio edit"
    assert artist_title_key_of("", "Night Bus") is None
    assert artist_title_key_of("Aurora Lane", " ") is None


def test_a_version_is_part_of_the_full_title_where_there_is_one() -> None:
    rows = pl.DataFrame({"title": ["Night Bus"] * 3, "version": ["Radio Edit", "", None]})
    titles = rows.select(full_title(pl.col("title"), pl.col("version"))).to_series().to_list()
    assert titles == ["Night Bus (Radio Edit)", "Night Bus", "Night Bus"]
