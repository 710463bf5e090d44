"""Workbooks: sheets are members, rows keep their numbers, and numbers are exactly those of the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import Cell, Sheets, archive, old_workbook, open_document, rows_of, workbook
from tests.glider.cleaning.vendors import ITUNES
from tests.glider.driving import BELIEVE, DISTROKID, Driven, distrokid, drive

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"
MASTERS: list[Cell] = [
    "Album Title", "Track Title", "Artists", "Label", "UPC", "ISRC", "Product Type", "Store", "Territory", "Sale Type",
    "Transaction Month", "Accounted Date", "Original Currency", "Gross (Original Currency)", "Exchange Rate",
    "Currency", "Gross", "Quantity", "Average Unit Gross", "% Share", "Fees", "Net",
]  # fmt: skip


def masters(net: float) -> list[Cell]:
    return [
        "Album", "Track", "A (performer)", "L", 36000291452, "QZAAA2500001", "Track", "Spotify Ad Supported", "BR",
        "Streaming", date(2025, 7, 1), date(2025, 9, 1), "RUR", 9.5, 0.2, "USD", 1.9, 3, 0.6, 1, 0, net,
    ]  # fmt: skip


def checks(driven: Driven) -> dict[str, bool]:
    return {check.name: check.tied for check in driven.figures.checks}


def failed(content: bytes, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


@pytest.mark.parametrize("make", [workbook, old_workbook, open_document])
def test_every_kind_of_workbook_gives_the_same_lines(make: Callable[[Sheets], bytes], tmp_path: Path) -> None:
    rows = rows_of(distrokid(ONE, TWO))
    driven = drive(make({"Sheet1": rows}), tmp_path)
    assert driven.figures.container == "workbook"
    assert driven.figures.layout == "distrokid"
    assert driven.lines["source_row"].to_list() == [2, 3]
    assert driven.lines["source_part"].to_list() == ["Sheet1", "Sheet1"]
    assert driven.lines["upc"].to_list() == ["036000291452", "036000291452"]
    assert driven.figures.net_accepted == Decimal("0.75")


def test_rows_keep_the_numbers_they_have_in_the_sheet(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[], [], ["Report"], [], *rows_of(distrokid(ONE, TWO.replace("0.25", "?")))]
    driven = drive(workbook({"Data": rows}), tmp_path)
    assert driven.lines["source_row"].to_list() == [6, 7]
    assert driven.reasons() == {7: "bad_net"}
    reject = driven.rejects()[0]
    assert (reject["line"], reject["part"]) == ("7", "Data")
    assert reject["text"].endswith("\t0\t?")


def test_a_cell_of_several_lines_stays_one_row(tmp_path: Path) -> None:
    rows = rows_of(distrokid(ONE.replace("Song One", "Song@One"), TWO))
    rows[1] = [cell.replace("@", '\n"Two"\t') if isinstance(cell, str) else cell for cell in rows[1]]
    driven = drive(workbook({"Data": rows}), tmp_path)
    assert driven.lines["source_row"].to_list() == [2, 3]
    assert driven.lines["track"].to_list() == ['Song "Two" One', "Song Two"]


def test_numbers_are_those_of_the_file_and_codes_are_no_numbers(tmp_path: Path) -> None:
    header: list[Cell] = [*DISTROKID.split("\t")]
    amounts: list[Cell] = [3.27362068463e-05, 1234567.125, -0.1, 12]
    line: list[Cell] = [date(2025, 9, 25), "2025-07", "Spotify", "A", "T", "QZAAA2500001", 36000291452, 3.0, 100, "Song", "US", 0]  # fmt: skip  # noqa: E501
    driven = drive(workbook({"Data": [header, *([*line, amount] for amount in amounts)]}), tmp_path)
    expected = ["0.0000327362068463", "1234567.125", "-0.1", "12"]
    assert driven.lines["net"].to_list() == [Decimal(amount) for amount in expected]
    assert driven.lines["upc"].unique().to_list() == ["036000291452"]
    assert driven.lines["quantity"].to_list() == [3, 3, 3, 3]
    assert [str(day) for day in driven.lines["statement_period"].unique()] == ["2025-09-01"]


def test_days_that_became_dates_are_read_whatever_the_layout_writes(tmp_path: Path) -> None:
    rows = [
        [cell if not str(cell).endswith("/2017") else date(2017, 10, 1 + 30 * (x == 1)) for x, cell in enumerate(row)]
        for row in rows_of(ITUNES)
    ]
    driven = drive(workbook({"Data": rows}), tmp_path)
    assert driven.figures.layout == "itunes"
    assert driven.accepted["net"].to_list() == [Decimal(1)]
    assert [str(day) for day in driven.accepted["period"]] == ["2017-10-01"]


def test_onerpms_masters_and_shares_count_and_their_summary_is_compared(tmp_path: Path) -> None:
    shares: list[list[Cell]] = [[*MASTERS, "Share Type"], [*masters(5), "in"]]
    sheets: dict[str, list[list[Cell]]] = {
        "Summary": [["Platform", "Net"], ["Spotify", 8.75], ["Total", 8.75]],
        "Masters": [MASTERS, masters(1.5), masters(2.25)],
        "Shares In & Out": shares,
    }
    driven = drive(workbook(sheets), tmp_path / "tied")
    assert driven.figures.layout == "onerpm"
    assert driven.figures.net_by_currency == {"USD": Decimal("8.75")}
    assert driven.figures.reasons == {}
    assert checks(driven)["net read = total of Summary"] is True
    sheets["Summary"][1] = ["Spotify", 8.74]
    assert checks(drive(workbook(sheets), tmp_path / "off"))["net read = total of Summary"] is False


def test_ingrooves_workbooks_in_archives_give_the_sheet_with_details(tmp_path: Path) -> None:
    header: list[Cell] = [
        "Period", "Delivered By", "Retailer", "Label", "Artist", "Album", "UPC/EAN", "Product / Catalog #", "Song",
        "Mix (Version)", "ISRC", "Genre", "Release Date", "Retailer Stmt Country ISO", "Territory", "Asset Type",
        "Sales Description", "Sales Classification", "Quantity Net", "US$ Revenue", "US$ Mechanicals Net",
        "Net Dollars after Fees",
    ]  # fmt: skip
    line: list[Cell] = [
        "P01 20(Jan 20)", "INgrooves", "Spotify", "L", "A", "R", 36000291452, "CAT1" + " " * 46, "T", "",
        "QZAAA2500001", "", "", "US", "United States", "Track", "Premium", "Streaming", 10, 1.5, 0, 1.25,
    ]  # fmt: skip
    total: list[Cell] = ["", *[None] * 16, "Total", 20, 3, 0, 2.5]
    book = workbook({"Overview": [["Label", "Net"], ["L", 2.5]], "Digital Sales Details": [header, line, line, total]})
    driven = drive(archive({"a.zip": archive({"L_20201_DSR.xlsx": book})}), tmp_path)
    part = "a.zip/L_20201_DSR.xlsx/Digital Sales Details"
    assert driven.accepted["source_part"].unique().to_list() == [part]
    assert driven.accepted["catalogue_number"].unique().to_list() == ["CAT1"]
    assert driven.figures.net_accepted == Decimal("2.5")
    assert driven.figures.reasons == {"total_line": 1}
    assert checks(driven)[f"net read = total in the last line ({part})"] is True
    assert [text for text in driven.figures.warnings if "Overview was left out" in text]


def test_an_unknown_sheet_fails_the_file_by_name(tmp_path: Path) -> None:
    rows = rows_of(distrokid(ONE))
    cause, message = failed(workbook({"Data": rows, "Costs": [["Item", "Cost"], ["CD", 3]]}), tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert message.startswith("Costs: ")


def test_a_sheet_with_a_note_only_is_left_out_with_a_warning(tmp_path: Path) -> None:
    driven = drive(workbook({"Data": rows_of(distrokid(ONE)), "Notes": [["All in USD"]], "Sheet3": []}), tmp_path)
    assert driven.figures.warnings == ["Notes was left out because it is no table."]


def test_a_csv_pasted_into_the_first_column_is_read_as_csv(tmp_path: Path) -> None:
    text = (
        '2025/09/01;2025/07/01;Spotify;France;L;"A; B";R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0;'
        "1,5;0,85;1,25"
    )
    rows: list[list[Cell]] = [[BELIEVE], [text], [text]]
    driven = drive(workbook({"Data": rows}), tmp_path)
    assert driven.figures.layout == "believe"
    assert driven.lines["artist"].unique().to_list() == ["A; B"]
    assert driven.figures.net_accepted == Decimal("2.5")


def test_tab_separated_text_named_as_a_workbook_is_text(tmp_path: Path) -> None:
    assert drive(distrokid(ONE), tmp_path).figures.container == "text"


def test_formulas_count_with_the_values_they_were_saved_with(tmp_path: Path) -> None:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = made.add_worksheet("Data")
    for y, row in enumerate(rows_of(distrokid(ONE))):
        for x, cell in enumerate(row):
            sheet.write_string(y, x, str(cell))
    sheet.write_formula(1, 12, "=1/4", None, 0.25)
    made.close()
    assert drive(file.getvalue(), tmp_path).figures.net_accepted == Decimal("0.25")


def test_a_workbook_locked_with_a_password_is_named_as_such(tmp_path: Path) -> None:
    locked = (Path(__file__).parent / "locked_with_password.xlsx").read_bytes()
    assert failed(locked, tmp_path / "xlsx") == (Cause.CORRUPT_FILE, "The workbook is locked with a password.")
    packed = failed(archive({"locked.xlsx": locked}), tmp_path / "zip")
    assert packed == (Cause.CORRUPT_FILE, "locked.xlsx is locked with a password.")
