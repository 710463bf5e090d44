"""Tables of text: every line is a row with its number, whatever quotes and line breaks are in its cells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.glider.driving import DISTROKID_2025, drive


def test_line_numbers_are_those_of_the_file_also_after_a_cell_of_several_lines(tmp_path: Path) -> None:
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
def test_a_malformed_quote_rejects_its_own_line_only(broken: str, tmp_path: Path) -> None:
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
