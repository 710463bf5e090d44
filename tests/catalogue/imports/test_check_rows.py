from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from accounts.models import Organisation
from catalogue.models import NAME_LENGTH, Artist, ImportProblem, Release, Track
from catalogue.services.imports.check_rows import LENGTHS, REASONS, Checked, check
from catalogue.services.imports.columns import COLUMNS
from catalogue.services.imports.read_rows import BROKEN, NUMBER
from tests.catalogue.importing import import_text, isrc, problems_of, upc


def test_wrong_rows_are_listed_by_cell_and_the_others_go_in(organisation: Organisation, tmp_path: Path) -> None:
    header = "ISRC,Title,UPC,Release Title,Duration,Release Date,Territories,Disc,Track Number"
    lines = [
        f"{isrc(1)},Right,{upc(1)},Lines,3:45,2025-01-31,DE AT,1,1",
        ",No identifier,,,,,,,",
        "QZAAA25,Bad ISRC,,,,,,,",
        f"{isrc(2)},Bad digit,036000291453,Lines,,,,,",
        f"{isrc(3)},Bad UPC,12AB,Lines,,,,,",
        f"{isrc(1)},Right,{upc(1)},Lines,,,,,",
        f"{isrc(1)},Another title,{upc(2)},Other,,,,,",
        f"{isrc(4)},,,,,,,,",
        f"{isrc(5)},No release title,{upc(3)},,,,,,",
        f"{isrc(6)},Many wrong,,,x,31.13.2025,ZZ,0,-1",
        ",,,,,,,,",
        f"{isrc(7)},{'a' * 501},,,,,,,",
        f"{isrc(8)},Right too,,,0:03:45,31.01.2025,WORLD,02,2/12",
    ]
    row = import_text(organisation, tmp_path, "\n".join([header, *lines]))
    assert (row.status, row.total_rows, row.valid_rows, row.error_rows) == ("DONE", 12, 2, 10)
    assert problems_of(row) == [
        (3, "isrc", "no_identifier", ""),
        (4, "isrc", "bad_isrc", "QZAAA25"),
        (5, "upc", "bad_check_digit", "036000291453"),
        (6, "upc", "bad_upc", "12AB"),
        (7, "isrc", "duplicate", isrc(1)),
        (8, "title", "conflict", "Another title"),
        (9, "title", "required", isrc(4)),
        (10, "release_title", "required", upc(3)),
        (11, "disc", "bad_number", "0"),
        (11, "duration", "bad_duration", "x"),
        (11, "position", "bad_number", "-1"),
        (11, "release_date", "bad_date", "31.13.2025"),
        (11, "territories", "bad_territory", "ZZ"),
        (13, "title", "too_long", "a" * 200),
    ]
    tracks = Track.objects.of(organisation).order_by("isrc")
    assert [(track.isrc, track.duration) for track in tracks] == [(isrc(1), 225), (isrc(8), 225)]
    release = Release.objects.of(organisation).get()
    assert (release.territories, release.date) == (["AT", "DE"], date(2025, 1, 31))
    assert not Artist.objects.of(organisation).exists()


# --- a batch by itself ---


def checked(*rows: dict[str, Any]) -> Checked:
    """The check of rows with these cells, numbered from 2; a row without an identifier gets an ISRC of its own."""
    names = (NUMBER, BROKEN, *COLUMNS)
    filled = [{NUMBER: number, "isrc": isrc(number), **row} for number, row in enumerate(rows, start=2)]
    kinds = {name: pl.Int32 if name == NUMBER else pl.String for name in names}
    return check(pl.DataFrame([{name: row.get(name) for name in names} for row in filled], schema=kinds))


def found(column: str, *texts: str) -> list[Any]:
    """What each of `texts` becomes in `column`; the code of the problem where it becomes nothing."""
    result = checked(*({column: text} for text in texts))
    values = dict(result.rows.select(NUMBER, column).iter_rows())
    codes = dict(result.problems.select(NUMBER, "code").iter_rows())
    return [values.get(number, codes.get(number)) for number in range(2, len(texts) + 2)]


def test_durations_are_seconds_in_each_notation_and_a_day_at_most() -> None:
    texts = ("3:45", "0:03:45", "1:00:00", "PT3M45S", "PT1H", "PT3M45.9S", "225", "225.7", "3:45.6", "24:00:00")
    assert found("duration", *texts) == [225, 225, 3600, 225, 3600, 225, 225, 225, 225, 86_400]
    bad = ("24:00:01", "86401", "PT", "3:4", "-1", "1:2:3:4", "3,5", "9999999")
    assert found("duration", *bad) == ["bad_duration"] * len(bad)


def test_dates_are_read_in_four_notations_and_no_month_before_its_day_is_guessed() -> None:
    texts = ("2025-01-31", "2025/01/31", "20250131", "31.01.2025", "2025-01-31T00:00:00Z", "1800-01-01")
    assert found("release_date", *texts) == [date(2025, 1, 31)] * 5 + [date(1800, 1, 1)]
    bad = ("2025-02-29", "01/31/2025", "31.13.2025", "1799-12-31", "2201-01-01", "2025")
    assert found("release_date", *bad) == ["bad_date"] * len(bad)


def test_territories_are_sorted_codes_and_the_whole_world_is_none() -> None:
    texts = ("DE AT", "us|de, DE;at", "de", "World", "XW", "001", ",DE,")
    assert found("territories", *texts) == ["AT,DE", "AT,DE,US", "DE", "", "", "", "DE"]
    bad = ("ZZ", "DE ZZ", "DEU", "Germany", "DE WORLD", "DEAT")
    assert found("territories", *bad) == ["bad_territory"] * len(bad)


@pytest.mark.parametrize("column", ["disc", "position"])
def test_numbers_are_counted_from_one_up_to_what_their_column_holds(column: str) -> None:
    assert found(column, "3", "03", "3/12", "3 / 12", "3.0", "32767") == [3, 3, 3, 3, 3, 32_767]
    bad = ("0", "32768", "-1", "3.5", "A1", "999999")
    assert found(column, *bad) == ["bad_number"] * len(bad)


def test_identifiers_get_their_printed_form() -> None:
    assert found("isrc", "qz-aaa-25-00001", "QZ AAA 25 00001") == ["QZAAA2500001"] * 2
    assert found("upc", "36000291452", "0-36000-29145-2", "00036000291452") == ["036000291452"] * 3


def test_credits_are_numbered_in_the_order_of_the_columns_and_those_of_the_release_apart() -> None:
    row = {
        "artist": "Aurora Lane; Cy |Bo;;", "featured": "Dee", "producer": "Cy", "release_artist": "Various; Cy",
    }  # fmt: skip
    assert checked(row).credits.sort("role", "place").drop(NUMBER, "normal_name").rows() == [
        ("featured", 4, "Dee"),
        ("main", 1, "Aurora Lane"),
        ("main", 2, "Cy"),
        ("main", 3, "Bo"),
        ("producer", 5, "Cy"),
        ("release", 1, "Various"),
        ("release", 2, "Cy"),
    ]


def test_an_artist_named_twice_in_one_role_is_credited_once_as_first_written() -> None:
    credits = checked({"artist": "Aurora Lane;AURORA  lane", "featured": "aurora lane"}).credits
    assert credits.select("role", "place", "name", "normal_name").rows() == [
        ("main", 1, "Aurora Lane", "aurora lane"),
        ("featured", 2, "aurora lane", "aurora lane"),
    ]


def test_a_row_with_a_problem_leaves_no_credit_and_every_problem_of_it_is_told() -> None:
    result = checked({"artist": "Bo", "duration": "x", "disc": "0"}, {"artist": "Cy"})
    assert result.credits["name"].to_list() == ["Cy"]
    assert result.rows[NUMBER].to_list() == [3]
    assert sorted(result.problems.rows()) == [(2, "disc", "bad_number", "0"), (2, "duration", "bad_duration", "x")]


def test_a_name_is_held_against_its_own_length_and_not_that_of_its_cell() -> None:
    longest = "a" * NAME_LENGTH
    result = checked({"artist": f"{longest};b{longest[1:]}"}, {"composer": f"Bo;{longest}a"})
    assert result.rows[NUMBER].to_list() == [2]
    assert result.problems.rows() == [(3, "composer", "too_long", "a" * 200)]


@pytest.mark.parametrize(("column", "most"), LENGTHS.items())
def test_text_is_as_long_as_its_column(column: str, most: int) -> None:
    text = ";".join(["ab"] * (most // 3 + 1))[: most - 1] + "z"
    assert checked({column: text}).problems.is_empty()
    assert checked({column: f"{text}z"}).problems.rows() == [(2, column, "too_long", f"{text}z"[:200])]


def test_blank_rows_are_not_counted_and_a_broken_line_is_a_problem_of_its_own() -> None:
    blank = {"isrc": None}
    result = checked(blank, {BROKEN: 'line 3: a,"b', "isrc": None}, {"title": "x"}, {"isrc": None, "title": "x"})
    assert (result.total, result.rows[NUMBER].to_list()) == (3, [4])
    assert result.problems.rows() == [(3, "", "bad_quotes", 'line 3: a,"b'), (5, "isrc", "no_identifier", "")]


def test_every_code_has_a_sentence_and_fits_its_column() -> None:
    code: Any = ImportProblem._meta.get_field("code")
    assert max(map(len, REASONS)) <= code.max_length
    assert all(text.endswith((".", ").")) for text in REASONS.values())
