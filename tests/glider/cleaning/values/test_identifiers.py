from __future__ import annotations

import polars as pl
import pytest

from glider.cleaning.values.identifiers import are_rounded, check_digit_holds, parse_isrcs, parse_upcs


@pytest.mark.parametrize(
    ("text", "isrc"),
    [
        ("QZAAA2500001", "QZAAA2500001"),
        ("qz-aaa-25-00001", "QZAAA2500001"),
        (" us rc1 76 07839 ", "USRC17607839"),
        ("QZ\u2010AAA\u201025\u201000001", "QZAAA2500001"),
        ("ISRC:USRC17607839", "USRC17607839"),
        ("abcdefghijk", None),  # a video's id
        ("A100000000000001", None),
        ("nan", None),
        ("", None),
    ],
)
def test_an_isrc_gets_its_form_and_nothing_else_becomes_one(text: str, isrc: str | None) -> None:
    assert parse_isrcs(pl.Series([text])).to_list() == [isrc]


@pytest.mark.parametrize(
    ("text", "upc"),
    [
        ("036000291452", "036000291452"),
        ("36000291452", "036000291452"),  # the leading zero was lost
        ("36000291452.0", "036000291452"),
        ("3.6000291452E+10", "036000291452"),
        ("SCDD.036000291452", "036000291452"),
        ('"036000291452"', "036000291452"),
        (" 0 36000 29145 2", "036000291452"),
        ("4006381333931", "4006381333931"),
        ("00036000291452", "00036000291452"),
        ("198000000012", "198000000012"),  # the check digit is wrong: kept as written
        ("90000000012", "90000000012"),
        ("3,6000291452E+10", "036000291452"),
        ("8,60E+11", "8,60E+11"),
        ("8.6e+11", "8.6e+11"),  # a spreadsheet rounded it: the digits are gone
        ("A123", "A123"),
        ("empty:", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_upc_is_mended_only_where_its_check_digit_then_holds(text: str, upc: str | None) -> None:
    assert parse_upcs(pl.Series([text])).to_list() == [upc]


def test_the_check_digit_is_that_of_the_gs1_specifications() -> None:
    codes = pl.Series(["036000291452", "4006381333931", "10614141543219", "036000291453", "123", "x"])
    assert check_digit_holds(codes).to_list() == [True, True, True, False, False, False]


def test_a_rounded_code_is_told_from_other_codes() -> None:
    codes = pl.Series(["8.60E+11", "8,60e+11", "9E+12", "036000291452", "A123", "E12", "12E45X", None])
    assert are_rounded(codes).to_list() == [True, True, True, False, False, False, False, False]
