"""What cleaning makes of good and bad lines: nothing is lost, and every line that falls has its number and reason."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from glider.cleaning.input.containers import Limits
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import BELIEVE, DISTROKID, DISTROKID_2025, distrokid, drive, settings

GOOD = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


def cause_of(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        drive(content, folder)
    return failed.value.cause, failed.value.message


def believe(*pairs: tuple[str, str]) -> str:
    """Lines with a gross and a net amount as given."""
    start = "2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0;"
    return "\n".join([BELIEVE, *(f"{start}{gross};0,85;{net}" for gross, net in pairs)]) + "\n"


def test_a_line_becomes_a_canonical_sale_line(tmp_path: Path) -> None:
    line = drive(distrokid("2025-07|iTunes Match|Song One|qz-aaa-25-00001|36000291452|-1|-.69"), tmp_path).lines.row(
        0, named=True
    )
    assert line == {
        "source_row": 2,
        "source_part": "",
        "period": date(2025, 7, 1),
        "statement_period": date(2025, 9, 1),
        "dsp": "iTunes",
        "store": "iTunes Match",
        "territory": "US",
        "artist": "Artist A",
        "release": None,
        "track": "Song One",
        "isrc": "QZAAA2500001",
        "upc": "036000291452",
        "catalogue_number": None,
        "label": None,
        "usage": "stream",
        "monetisation": "subscription",
        "level": "track",
        "quantity": -1,
        "currency": "USD",
        "gross": None,
        "net": Decimal("-0.690000000000000000"),
        "reason": None,
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2025-07|Spotify|S|||1|", "missing_net"),
        ("2025-07|Spotify|S|||1|ten", "bad_net"),
        ("2025-07|Spotify|S|||1|1.234,56", "bad_net"),
        ("2025-07|Spotify|S|||x|1", "bad_quantity"),
        ("2025-07|Spotify|S|||1.5|1", "bad_quantity"),
        ("|Spotify|S|||1|1", "missing_period"),
        ("07/2025|Spotify|S|||1|1", "bad_period"),
    ],
)
def test_a_bad_cell_rejects_its_line_and_no_other(line: str, reason: str, tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD, line, GOOD), tmp_path)
    assert driven.reasons() == {3: reason}
    assert (driven.figures.rows_read, driven.figures.accepted, driven.figures.rejected) == (3, 2, 1)
    assert driven.figures.net_accepted == Decimal("1.0")


def test_net_that_was_rejected_is_counted_where_it_can_be_read(tmp_path: Path) -> None:
    figures = drive(distrokid(GOOD, "|Spotify|S|||1|2.25", "2025-07|Spotify|S|||1|x"), tmp_path).figures
    assert (figures.net_read, figures.net_accepted, figures.net_rejected) == (
        Decimal("2.75"),
        Decimal("0.5"),
        Decimal("2.25"),
    )
    assert all(check.tied for check in figures.checks)


def test_lines_with_too_many_or_too_few_cells_are_rejected_by_number(tmp_path: Path) -> None:
    content = distrokid(GOOD, GOOD, GOOD).replace("\r\n", "\n").splitlines()
    content[2] += "\tmore"
    content[3] = "\t".join(content[3].split("\t")[:6])
    driven = drive("\n".join(content), tmp_path)
    assert driven.reasons() == {3: "too_many_cells", 4: "too_few_cells"}


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD).replace("\r\n", "\n") + "\n\n" + distrokid(GOOD).splitlines()[1] + "\n\n", tmp_path)
    assert driven.reasons() == {3: "blank_line", 4: "blank_line", 6: "blank_line"}
    assert (driven.figures.rows_read, driven.figures.accepted, driven.figures.skipped) == (5, 2, 3)


def test_a_line_of_nothing_but_spaces_and_separators_is_blank(tmp_path: Path) -> None:
    content = distrokid(GOOD).replace("\r\n", "\n")
    cells = content.splitlines()[0].split("\t")
    spaces = "\t".join(" " if name == "Artist" else "" for name in cells)
    assert drive(f"{content}{spaces}\n", tmp_path).reasons() == {3: "blank_line"}


def test_line_numbers_are_those_of_the_source_also_behind_a_cell_of_several_lines(tmp_path: Path) -> None:
    row = "2025-09-26,2025-09-25,2025-07,Spotify,Artist A,{title},QZAAA2500001,198000000012,1,100,Song,NL,0,{net},"
    lines = [
        DISTROKID_2025,
        row.format(title='"Song\nin three\nlines"', net="1"),
        row.format(title="Two", net="bad"),
        row.format(title='"a\nb"', net="2"),
        row.format(title="Three", net="4"),
    ]
    driven = drive("\n".join(lines), tmp_path)
    assert driven.lines["source_row"].to_list() == [2, 5, 6, 8]
    assert driven.reasons() == {5: "bad_net"}
    assert driven.figures.net_accepted == 7


@pytest.mark.parametrize("broken", ['"Song', '"So"ng', '"Song"x'])
def test_a_quote_gone_wrong_costs_its_own_line_only(broken: str, tmp_path: Path) -> None:
    row = "2025-09-26,2025-09-25,2025-07,Spotify,Artist A,{title},QZAAA2500001,198000000012,1,100,Song,NL,0,{net},"
    lines = [DISTROKID_2025, row.format(title="One", net="1"), row.format(title=broken, net="2")]
    lines += [row.format(title='"Two, with ""quotes"""', net="4"), row.format(title="Three", net="8")]
    driven = drive("\n".join(lines), tmp_path)
    assert driven.reasons() == {3: "broken_quotes"}
    assert driven.accepted["track"].to_list() == ["One", 'Two, with "quotes"', "Three"]
    assert driven.figures.net_accepted == 13


def test_quotes_are_plain_characters_where_the_layout_says_so(tmp_path: Path) -> None:
    head = "Start Date\t10/01/2017\nEnd Date\t11/04/2017\nCurrency\tAUD\n"
    header = "Storefront Name\tMembership Type\tQuantity\tNet Royalty Total\tISRC\tItem_Title\tItem_Artist\n"
    line = 'AU\tTrial\t1\t.5\tQZAAA2500001\t"Song\tCliff "Ukulele Ike" Edwards\n'
    driven = drive(head + header + line, tmp_path)
    assert driven.lines.select("track", "artist", "currency", "period", "source_row").row(0) == (
        '"Song',
        'Cliff "Ukulele Ike" Edwards',
        "AUD",
        date(2017, 10, 1),
        5,
    )


def test_rejected_lines_come_with_number_reason_expectation_and_text(tmp_path: Path) -> None:
    bad = "2025-07|Spotify|=HYPERLINK|||1|x"
    driven = drive(distrokid(GOOD, bad) + "\r\n" + "=1+1" + "\t" * 12 + "\r\n", tmp_path)
    raw = distrokid(bad).splitlines()[1]
    assert [(row["line"], row["outcome"], row["reason"], row["text"]) for row in driven.rejects()] == [
        ("3", "rejected", "bad_net", raw),
        ("4", "skipped", "blank_line", ""),
        ("5", "rejected", "missing_net", "'=1+1" + "\t" * 12),
    ]
    assert driven.rejects()[0]["expected"] == "an amount in the notation of the column, such as 1234.56"


def test_a_comma_as_decimal_sign_is_found_in_the_column(tmp_path: Path) -> None:
    driven = drive(believe(("1.234,50", "1.049,325"), ("0,5", "0,425"), ("", "(1)")), tmp_path)
    assert driven.figures.net_accepted == Decimal("1048.75")
    assert driven.accepted["gross"].to_list() == [Decimal("1234.5"), Decimal("0.5"), None]


def test_a_point_in_a_comma_layout_is_found_too(tmp_path: Path) -> None:
    assert drive(believe(("1234.5", "1049.3250")), tmp_path).figures.net_accepted == Decimal("1049.325")


def test_amounts_that_can_be_read_two_ways_are_refused(tmp_path: Path) -> None:
    cause, message = cause_of(believe(("1.234", "1.049"), ("5", "4")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DECIMALS
    assert "'Net Revenue'" in message or "'Gross Revenue'" in message


def test_the_evidence_may_stand_anywhere_in_the_column(tmp_path: Path) -> None:
    pairs = [("1.234", "1.049")] * 5000 + [("0,5", "0,4250")]
    assert drive(believe(*pairs), tmp_path).figures.net_accepted == 1049 * 5000 + Decimal("0.425")


def test_a_refund_lowers_the_total(tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD, "2025-07|iTunes|S|||-1|-0.69"), tmp_path)
    assert driven.figures.net_accepted == Decimal("-0.19")
    assert driven.accepted["quantity"].sum() == 2


def test_a_line_of_a_release_has_no_track(tmp_path: Path) -> None:
    content = distrokid("2025-07|iTunes|Album One||036000291452|1|7.00").replace("\tSong\t", "\tAlbum\t")
    line = drive(content, tmp_path).lines
    assert line.select("level", "track", "release").row(0) == ("release", None, "Album One")


def test_decomposed_accents_are_composed_before_names_are_compared(tmp_path: Path) -> None:
    driven = drive(distrokid("2025-07|Spotify|Konte\u0301|||1|1", "2025-07|Spotify|Kont\u00e9|||1|1"), tmp_path)
    assert driven.lines["track"].n_unique() == 1


@pytest.mark.parametrize(
    ("content", "cause", "words"),
    [
        (b"", Cause.EMPTY_FILE, "empty"),
        (DISTROKID, Cause.NO_ROWS, "no sales below it"),
        (DISTROKID + "\r\n\r\n\r\n", Cause.NO_ROWS, "no sales below it"),
        (distrokid("2025-07|S|S|||1|x", "|S|S|||1|1"), Cause.NO_VALID_ROWS, "bad_net (1), missing_period (1)"),
        ("Artist,Title,Money\nA,B,1\n", Cause.UNKNOWN_LAYOUT, "Columns found: 'Artist', 'Title', 'Money'"),
        ("just a word", Cause.UNKNOWN_LAYOUT, "no line with several columns"),
        (b"\x00\x01\x02\x03" * 5000, Cause.NOT_A_TABLE, "binary"),
        (b"\x1f\x8b\x08\x00garbage", Cause.CORRUPT_FILE, "gzip"),
        (b"PK\x03\x04garbage", Cause.CORRUPT_FILE, "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1garbage", Cause.CORRUPT_FILE, "workbook"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(
    content: bytes | str, cause: Cause, words: str, tmp_path: Path
) -> None:
    found, message = cause_of(content, tmp_path)
    assert found is cause
    assert words in message


def test_an_unknown_layout_names_the_nearest_and_what_it_lacks(tmp_path: Path) -> None:
    cause, message = cause_of(DISTROKID.replace("Song/Album", "Kind") + "\nx\n", tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert "Nearest layout: DistroKid bank details (TSV). It lacks 'Song/Album'." in message


def test_two_currencies_are_told_apart(tmp_path: Path) -> None:
    content = believe(("1", "0,5"), ("1", "0,25")).replace("EUR", "USD", 1)
    assert drive(content, tmp_path).figures.net_by_currency == {"EUR": Decimal("0.25"), "USD": Decimal("0.5")}


def test_a_currency_that_is_none_rejects_the_line(tmp_path: Path) -> None:
    driven = drive(believe(("1", "0,5"), ("1", "0,25")).replace("EUR", "EURO", 1), tmp_path)
    assert driven.reasons() == {2: "bad_currency"}


def test_the_same_table_in_gzip_or_zip_gives_the_same_lines(tmp_path: Path) -> None:
    content = distrokid(GOOD, GOOD).encode()
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        archive.writestr("folder/sales.tsv", content)
    plain = drive(content, tmp_path / "plain")
    packed = drive(gzip.compress(content), tmp_path / "gzip")
    zipped = drive((tmp_path / "z").read_bytes(), tmp_path / "zip")
    assert plain.lines.equals(packed.lines)
    assert zipped.lines.drop("source_part").equals(plain.lines.drop("source_part"))
    assert (packed.figures.container, zipped.figures.container) == ("gzip", "zip")


def test_unpacking_stops_at_its_limit(tmp_path: Path) -> None:
    small = Limits(bytes=1000, ratio=200, members=10)
    with pytest.raises(JobFailed) as failed:
        drive(gzip.compress(b"a" * 100_000), tmp_path, settings(limits=small))
    assert failed.value.cause is Cause.TOO_LARGE


def test_cleaning_again_gives_the_same_bytes_of_figures(tmp_path: Path) -> None:
    content = distrokid(GOOD, "2025-07|Spotify|S|||1|x")
    first, second = drive(content, tmp_path / "a"), drive(content, tmp_path / "b")
    assert first.figures == second.figures
    assert first.lines.equals(second.lines)
