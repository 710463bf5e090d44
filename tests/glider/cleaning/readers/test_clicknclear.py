"""ClicknClear: no header, totals before their sales, rows of two widths."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import drive, not_tied

STATEMENT = """\
T,M,2023-01-01T00:00:00.000Z,2023-03-31T23:59:59.999Z,2,USD,100.0000,14.5832,114.58
S,M,2023-01-05T00:00:00.000Z,Team One,Track Title,"Artist 1, Artist 2",USRC17607839,036000291452,Music Label,US,USD,25.0000,0.0000,4.1666,20.8333,10.4166,70.00,7.2916
S,M,2023-02-01T00:00:00.000Z,Team Two,Track Title,Artist 1,USRC17607839,036000291452,Music Label,GB,USD,25.0000,0.0000,4.1666,20.8333,10.4166,70.00,7.2916
T,P,2023-01-01T00:00:00.000Z,2023-03-31T23:59:59.999Z,1,USD,50.0000,3.6458,53.65
S,P,2023-03-01T00:00:00.000Z,Team One,Work Title,"Performer 1, Performer 2","Writer 1, Writer 2",T3452468001,US,USD,25.0000,0.0000,4.1666,20.8333,10.4166,50.00,5.2083,70.00,3.6458
"""  # noqa: E501


def test_sales_are_lines_and_totals_are_compared_with_them(tmp_path: Path) -> None:
    driven = drive(STATEMENT, tmp_path)
    assert driven.figures.layout == "clicknclear"
    assert driven.figures.net_by_currency == {"USD": Decimal("18.2290")}
    assert driven.figures.reasons == {"total_line": 2}
    assert not_tied(driven) == []
    assert [check.name for check in driven.figures.checks if "sales" in check.name] == [
        "sales = number of master sales (line 1)",
        "sales = number of publishing sales (line 4)",
        "net read = amount due for master sales (line 1)",
        "net read = amount due for publishing sales (line 4)",
    ]


def test_masters_and_works_have_their_cells_in_other_places(tmp_path: Path) -> None:
    lines = drive(STATEMENT, tmp_path).accepted
    assert lines.select("source_row", "track", "artist", "isrc", "upc", "label", "territory").rows() == [
        (2, "Track Title", "Artist 1, Artist 2", "USRC17607839", "036000291452", "Music Label", "US"),
        (3, "Track Title", "Artist 1", "USRC17607839", "036000291452", "Music Label", "GB"),
        (5, "Work Title", "Performer 1, Performer 2", None, None, None, "US"),
    ]
    assert lines["gross"].to_list() == [Decimal(25)] * 3
    assert lines["quantity"].to_list() == [1, 1, 1]
    assert [str(day) for day in lines["period"]] == ["2023-01-01", "2023-02-01", "2023-03-01"]


def test_the_licensee_is_in_no_rejected_line(tmp_path: Path) -> None:
    driven = drive(STATEMENT.replace("70.00,3.6458", "70.00,?"), tmp_path)
    assert driven.reasons()[5] == "bad_net"
    assert "Team" not in str(driven.rejects())


def test_a_sale_that_is_missing_shows_in_both_checks(tmp_path: Path) -> None:
    content = "".join(line for line in STATEMENT.splitlines(keepends=True) if "Team Two" not in line)
    assert not_tied(drive(content, tmp_path)) == [
        "sales = number of master sales (line 1)",
        "net read = amount due for master sales (line 1)",
    ]


def test_a_row_that_was_cut_off_is_rejected(tmp_path: Path) -> None:
    driven = drive(STATEMENT + STATEMENT.splitlines()[1][:90], tmp_path)
    assert driven.reasons()[6] == "missing_net"
    assert driven.figures.accepted == 3


def test_a_title_on_two_lines_keeps_the_numbers_of_lines(tmp_path: Path) -> None:
    driven = drive(STATEMENT.replace("Team One,Track Title", 'Team One,"Track\nTitle"', 1), tmp_path)
    assert driven.accepted["source_row"].to_list() == [2, 4, 6]
    assert not_tied(driven) == []


def test_a_row_that_a_stray_quote_took_in_stops_the_file(tmp_path: Path) -> None:
    content = (
        STATEMENT.replace('"Artist 1, Artist 2"', "Artist 1")
        .replace("Team One", '"Team One', 1)
        .replace("Team Two", 'Team Two"')
    )
    with pytest.raises(JobFailed) as failed:
        drive(content, tmp_path)
    assert failed.value.cause is Cause.CORRUPT_FILE
    assert "A quote in line 2 is never closed" in failed.value.message


def test_every_line_of_the_file_is_accounted_for(tmp_path: Path) -> None:
    driven = drive(STATEMENT.replace('"Artist 1, Artist 2"', '"Artist 1,\nArtist 2"'), tmp_path)
    checks = {check.name: (check.expected, check.found) for check in driven.figures.checks}
    assert checks["lines of the file = rows read + line breaks in cells"] == ("6", "6")
    assert not_tied(driven) == []
