"""Files as they come, and files that are no catalogue."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue.models import CatalogueState, Track
from oas.kernel.config import config
from tests.catalogue.importing import HEADER, LINE, import_text, isrc, problems_of

HEAD = "ISRC,Title,Artist"


def titles(organisation: Organisation) -> list[str]:
    return [track.title for track in Track.objects.of(organisation).order_by("isrc")]


def lines(count: int) -> list[str]:
    return [f"{isrc(number)},Title {number},Artist {number}" for number in range(1, count + 1)]


def test_a_quote_left_open_costs_its_own_row_only(organisation: Organisation, tmp_path: Path) -> None:
    rows = lines(1000)
    rows[8] = f'{isrc(9)},"Title 9,Artist 9'
    row = import_text(organisation, tmp_path, "\n".join([HEAD, *rows]))
    assert (row.status, row.total_rows, row.valid_rows, row.error_rows) == ("DONE", 1000, 999, 1)
    assert problems_of(row) == [(10, "", "bad_quotes", f'line 10: {isrc(9)},"Title 9,Artist 9')]
    assert Track.objects.of(organisation).count() == 999


def test_a_quote_that_a_later_inch_sign_closes_loses_no_row(organisation: Organisation, tmp_path: Path) -> None:
    rows = lines(20)
    rows[4] = f'{isrc(5)},"Title 5,Artist 5'
    rows[14] = f'{isrc(15)},Mix 7",Artist 15'
    row = import_text(organisation, tmp_path, "\n".join([HEAD, *rows]))
    assert (row.total_rows, row.valid_rows) == (20, 19)
    assert problems_of(row) == [(6, "", "bad_quotes", f'line 6: {isrc(5)},"Title 5,Artist 5')]
    assert 'Mix 7"' in titles(organisation)


def test_a_quote_left_open_to_the_end_of_the_file_is_rejected(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f'ISRC,Title\n{isrc(1)},"' + "x" * 200_000)
    assert (row.status, row.total_rows, row.valid_rows) == ("DONE", 1, 0)
    assert problems_of(row) == [(2, "", "bad_quotes", f'line 2: {isrc(1)},"' + "x" * 178)]


def test_artists_of_a_cell_too_long_to_be_read_whole_are_not_cut(organisation: Organisation, tmp_path: Path) -> None:
    names = ";".join(f"Name {number}" for number in range(2000))
    row = import_text(organisation, tmp_path, f"{HEAD}\n{isrc(1)},Night Bus,{names}\n{isrc(2)},Day Bus,Name 1\n")
    assert (row.status, row.valid_rows) == ("DONE", 1)
    assert problems_of(row) == [(2, "artist", "too_long", names[:200])]


@pytest.mark.parametrize("header", ['"ISRC,Title', 'ISRC,"Title', '"ISRC"x,Title', '"ISRC";"Title'])
def test_a_quote_left_open_in_the_header_is_refused(organisation: Organisation, tmp_path: Path, header: str) -> None:
    row = import_text(organisation, tmp_path, f"{header}\n{isrc(1)},Night Bus\n")
    assert (row.status, row.cause) == ("FAILED", "not_a_table")
    assert row.message.startswith("The header (line 1) cannot be read: a quote is opened and not closed")


@pytest.mark.parametrize("cell", ["x" * 131_073, '"' + "x" * 131_073 + '"'])
def test_a_header_cell_of_more_than_the_reader_takes_is_refused(
    organisation: Organisation, tmp_path: Path, cell: str
) -> None:
    row = import_text(organisation, tmp_path, f"ISRC,{cell}\n{isrc(1)},Night Bus\n")
    assert (row.status, row.cause, row.finished_at is not None) == ("FAILED", "not_a_table", True)
    assert "more than 131,072 characters" in row.message


def test_a_gzip_is_unpacked_under_the_limits_of_sales_files(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAS_MAX_UNPACKED_RATIO", "2")
    config.cache_clear()
    content = "\n".join([HEADER, *(f"{isrc(number)},Title,,,,,,,,,{'x' * 1000}" for number in range(3000))])
    row = import_text(organisation, tmp_path, gzip.compress(content.encode()))
    config.cache_clear()
    assert (row.status, row.cause) == ("FAILED", "too_large")
    assert row.message == "The file unpacks to more than OAS takes."


def test_a_gzip_bomb_is_refused_by_its_ratio(organisation: Organisation, tmp_path: Path) -> None:
    bomb = gzip.compress(b"ISRC,Title\n" + b"x,y\n" * (60 * 1024 * 1024), 1)
    row = import_text(organisation, tmp_path, bomb)
    assert (row.status, row.cause) == ("FAILED", "too_large")
    assert row.message == "The file unpacks to more than OAS takes."


def test_a_line_without_end_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f"ISRC,Title\n{isrc(1)}," + "x" * (3 * 1024 * 1024))
    assert (row.status, row.cause) == ("FAILED", "not_a_table")
    assert row.message == "The file has a line of more than 1048576 bytes: it is no table."


def test_a_few_damaged_bytes_do_not_turn_utf8_into_another_encoding(organisation: Organisation, tmp_path: Path) -> None:
    text = f"ISRC,Title\n{isrc(1)},{'é' * 50}\n{isrc(2)},Z".encode() + b"\xff\n"
    row = import_text(organisation, tmp_path, text)
    assert row.status == "DONE"
    assert titles(organisation) == ["é" * 50, "Z\ufffd"]


def test_nothing_is_left_of_a_file_that_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    import_text(organisation, tmp_path, f'"ISRC,Title\n{isrc(1)},Night Bus\n')
    assert not CatalogueState.objects.filter(pk=organisation.pk).exists()
    assert not Track.objects.of(organisation).exists()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_breaks_do_not_matter(
    organisation: Organisation, tmp_path: Path, delimiter: str, encoding: str, ending: str
) -> None:
    cells = (["Track ISRC", "Track Title", "Artist Name"], [isrc(1), "Señal für Zoë", "Björk"])
    text = ending.join(delimiter.join(row) for row in cells) + ending
    row = import_text(organisation, tmp_path, text.encode(encoding))
    assert (row.status, row.message, row.error_rows) == ("DONE", "", 0)
    track = Track.objects.of(organisation).get()
    assert (track.title, track.artist) == ("Señal für Zoë", "Björk")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f'ISRC,Title\n{isrc(1)},"Night, Bus"\n{isrc(2)},"Say ""Hi"""\n', ["Night, Bus", 'Say "Hi"']),
        (f'ISRC,Title\n{isrc(1)},"Night\nBus"\n{isrc(2)},Day\n', ["Night Bus", "Day"]),
        (f'ISRC,Title\n{isrc(1)},7" Mix\n{isrc(2)},12" Mix\n', ['7" Mix', '12" Mix']),
        (f"ISRC,Title\n{isrc(1)},  Night \t Bus  ,too,many\n{isrc(2)},Day\n", ["Night Bus", "Day"]),
        (f'"ISRC","Title","Notes"\n{isrc(1)},Night\n\n{isrc(2)},Day,x\n', ["Night", "Day"]),
        (f"ISRC,Title,Title\n{isrc(1)},Night,Other\n{isrc(2)},Day,\n", ["Night", "Day"]),
        (f"Track #,Song Title,ISRC Code\n1,Night,{isrc(1)}\n2,Day,{isrc(2)}", ["Night", "Day"]),
    ],
)
def test_cells_are_read_as_they_are_meant(
    organisation: Organisation, tmp_path: Path, text: str, titles: list[str]
) -> None:
    row = import_text(organisation, tmp_path, text)
    assert (row.status, problems_of(row)) == ("DONE", [])
    assert [track.title for track in Track.objects.of(organisation).order_by("isrc")] == titles


def test_a_gzip_is_taken(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, gzip.compress(f"{HEADER}\n{LINE}\n".encode()))
    assert (row.status, row.valid_rows) == ("DONE", 1)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"Title,Artist\nx,y\n", "no_identifier_column"),
        (b"PK\x03\x04whatever", "not_a_table"),
        (b"%PDF-1.7", "not_a_table"),
        (b"\x1f\x8b\x08nonsense", "corrupt_file"),
        (b"\x00\x01\x02\x03" * 100, "not_a_table"),
        (b"ISRC," + b"," * 600 + b"\n", "too_many_columns"),
    ],
)
def test_what_is_no_catalogue_fails_with_a_reason(
    organisation: Organisation, tmp_path: Path, content: bytes, cause: str
) -> None:
    row = import_text(organisation, tmp_path, content)
    assert (row.status, row.cause) == ("FAILED", cause)
    assert row.message
    assert row.finished_at is not None
    assert not CatalogueState.objects.filter(pk=organisation.pk).exists()


def test_a_header_without_rows_is_an_import_of_nothing(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, HEADER)
    assert (row.status, row.total_rows, row.valid_rows) == ("DONE", 0, 0)


@pytest.mark.parametrize(
    ("encoding", "title", "artist"),
    [("cp1251", "Ночной поезд", "Рассвет"), ("shift_jis", "夜の駅", "青い電車"), ("cp1253", "Νύχτα", "Άνεμος")],
)
def test_a_catalogue_in_an_older_encoding_is_read_by_its_letters(
    organisation: Organisation, tmp_path: Path, encoding: str, title: str, artist: str
) -> None:
    row = import_text(organisation, tmp_path, f"{HEAD}\n{isrc(1)},{title},{artist}\n".encode(encoding))
    assert (row.status, row.message) == ("DONE", "")
    track = Track.objects.of(organisation).get()
    assert (track.title, track.artist) == (title, artist)


def test_a_catalogue_whose_encoding_is_not_clear_is_not_guessed(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, f"{HEAD}\n{isrc(1)},Intro,Şebnem\n".encode("cp1254"))
    assert (row.status, row.cause) == ("FAILED", "ambiguous_encoding")
    assert "as cp1254: 'Şebnem'" in row.message
    assert row.message.endswith("Save it as UTF-8.")
    assert not Track.objects.of(organisation).exists()
