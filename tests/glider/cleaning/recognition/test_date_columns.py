"""Columns of days and months: saved again by any spreadsheet they are read right, or stop the file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Answers, Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import Cell, workbook
from tests.glider.driving import BELIEVE, DISTROKID_2025, Driven, drive, settings
from tests.glider.independent import SAMPLES

SD_PHYSICAL = SAMPLES / "sd_physical" / "sd_physical.csv"
TUNECORE = SAMPLES / "tunecore" / "tunecore.csv"
FUGA = SAMPLES / "fuga" / "March2026StatementRun_LABELX-royalty_product_and_asset.csv"


def believe(*dates: tuple[str, str]) -> str:
    """A line of 0.5 EUR for each pair of reporting month and sales month."""
    end = ";Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0;0,6;0,85;0,5"
    return "\n".join([BELIEVE, *(f"{reported};{sold}{end}" for reported, sold in dates)]) + "\n"


def distrokid(*lines: tuple[str, str]) -> str:
    """A line of 0.25 USD for each pair of reporting date and month of sale."""
    end = ",Spotify,Nora Vale,Slow Tide,QZAAA2600001,036000291452,10,100,Song,FR,0,0.25,"
    rows = [f'"{reported}","{reported}","{sold}"{end}' for reported, sold in lines]
    return "\n".join([DISTROKID_2025, *rows]) + "\n"


def months_of(driven: Driven) -> list[str]:
    return [f"{day:%Y-%m}" for day in driven.accepted["period"]]


def failure(content: bytes | str, folder: Path, answers: Answers | None = None) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        answered(content, folder, answers or Answers())
    return failed.value.cause, failed.value.message


def answered(content: bytes | str, folder: Path, answers: Answers) -> Driven:
    return drive(content, folder, replace(settings(), answers=answers))


# --- months ---


@pytest.mark.parametrize(
    ("reported", "sold"),
    [
        (("5/1/2026", "5/1/2026"), ("3/1/2026", "12/1/2025")),
        (("01.05.2026", "01.05.2026"), ("01.03.2026", "01.12.2025")),
        (("1/5/26", "1/5/26"), ("1/3/26", "1/12/25")),
        (("01-05-2026", "01-05-2026"), ("01-03-2026", "01-12-2025")),
        (("May-26", "May-26"), ("Mar-26", "Dec-25")),
        (("mai 26", "mai 26"), ("mars 26", "déc. 25")),
        (("46143", "46143"), ("46082", "45992")),
        (("46143.0", "46143.0"), ("46082.0", "45992.0")),
        (("2026/05", "2026/05"), ("2026/03", "2025/12")),
        (("5/1/2026 0:00", "5/1/2026 0:00"), ("3/1/2026 0:00", "12/1/2025 0:00")),
        (("1-May-26", "1-May-26"), ("1-Mar-26", "1-Dec-25")),
        (("2026-05-01 00:00:00", "2026-05-01 00:00:00"), ("2026-03-01 00:00:00", "2025-12-01 00:00:00")),
    ],
)
def test_months_saved_again_by_a_spreadsheet_stay_what_they_were(
    reported: tuple[str, str], sold: tuple[str, str], tmp_path: Path
) -> None:
    driven = drive(believe(*zip(reported, sold, strict=True)), tmp_path)
    assert months_of(driven) == ["2026-03", "2025-12"]
    assert driven.accepted["statement_period"].to_list() == [date(2026, 5, 1)] * 2
    assert driven.figures.net_accepted == Decimal(1)


def test_one_month_alone_is_a_first_day(tmp_path: Path) -> None:
    assert months_of(drive(distrokid(("9/25/2026", "7/1/2026")), tmp_path / "us")) == ["2026-07"]
    assert months_of(drive(distrokid(("25.09.2026", "01.07.2026")), tmp_path / "de")) == ["2026-07"]


def test_a_month_that_is_no_first_day_either_way_stops_the_file(tmp_path: Path) -> None:
    cause, message = failure(distrokid(("9/25/2026", "7/1/2026"), ("9/25/2026", "7/2/2026")), tmp_path)
    assert cause is Cause.AMBIGUOUS_DATES
    assert "'Sale Month'" in message
    assert "'7/1/2026' in line 2 is" in message
    assert "2026-07-01 if the month comes first or 2026-01-07 if the day comes first" in message
    assert "day_first" in message


def test_the_line_is_told_where_cells_have_several_lines(tmp_path: Path) -> None:
    content = distrokid(("9/25/2026", "Jul-26"), ("9/25/2026", "07/02/2026")).replace("Slow Tide", '"Slow\nTide"')
    assert "'07/02/2026' in line 4" in failure(content, tmp_path)[1]


def test_the_evidence_may_be_anywhere_in_the_column(tmp_path: Path) -> None:
    lines = [("3/5/2026", "Feb-26")] * 3000
    assert failure(distrokid(*lines), tmp_path / "open")[0] is Cause.AMBIGUOUS_DATES
    driven = drive(distrokid(*lines, ("3/25/2026", "Feb-26")), tmp_path / "shown")
    assert driven.accepted["statement_period"].unique().to_list() == [date(2026, 3, 1)]
    assert driven.figures.accepted == 3001


def test_first_lines_that_look_one_way_do_not_decide_for_the_rest(tmp_path: Path) -> None:
    days = [("01/03/2026", "2026-02")] * 3000 + [("04/13/2026", "2026-02")]
    driven = drive(distrokid(*days), tmp_path)
    assert driven.accepted["statement_period"].unique().sort().to_list() == [date(2026, 1, 1), date(2026, 4, 1)]


def test_a_statement_is_not_before_its_sales(tmp_path: Path) -> None:
    driven = drive(distrokid(("5/3/2026", "Apr-26"), ("6/3/2026", "Apr-26")), tmp_path)
    assert driven.accepted["statement_period"].to_list() == [date(2026, 5, 1), date(2026, 6, 1)]


def test_a_stray_cell_in_another_notation_is_rejected(tmp_path: Path) -> None:
    driven = drive(distrokid(("2026-03-25", "2026-02"), ("2026-03-25", "Feb-26")), tmp_path)
    assert driven.reasons() == {3: "bad_period"}


def test_a_cell_that_contradicts_its_column_is_rejected(tmp_path: Path) -> None:
    sold = [("2026-03-25", "2/28/2026"), ("2026-03-25", "1/31/2026"), ("2026-03-25", "28/2/2026")]
    driven = drive(distrokid(*sold), tmp_path)
    assert (months_of(driven), driven.reasons()) == (["2026-02", "2026-01"], {4: "bad_period"})


def test_serial_numbers_in_a_sheet_are_days(tmp_path: Path) -> None:
    cells: list[Cell] = ["Spotify", "Nora Vale", "Slow Tide", "QZAAA2600001", "036000291452", 10, 100, "Song", "FR", 0]
    rows: list[list[Cell]] = [[46106, 46106, month, *cells, 0.25, ""] for month in (46054, 46023)]
    driven = drive(workbook({"Sheet1": [[*DISTROKID_2025.split(",")], *rows]}), tmp_path)
    assert (months_of(driven), driven.figures.net_accepted) == (["2026-02", "2026-01"], Decimal("0.5"))


# --- answers ---


@pytest.mark.parametrize(("day_first", "month"), [(False, date(2026, 3, 1)), (True, date(2026, 5, 1))])
def test_a_person_answers_what_the_column_leaves_open(day_first: bool, month: date, tmp_path: Path) -> None:
    content = distrokid(("3/5/2026", "Feb-26"))
    assert failure(content, tmp_path / "open")[0] is Cause.AMBIGUOUS_DATES
    driven = answered(content, tmp_path / "answered", Answers(day_first=day_first))
    assert driven.accepted["statement_period"].to_list() == [month]


def test_an_answer_does_not_change_what_the_cells_show(tmp_path: Path) -> None:
    content = distrokid(("3/25/2026", "2/28/2026"), ("3/25/2026", "2/5/2026"))
    assert months_of(answered(content, tmp_path, Answers(day_first=True))) == ["2026-02", "2026-02"]


def test_the_decimal_mark_is_answered(tmp_path: Path) -> None:
    content = distrokid(("2026-03-25", "2026-02")).replace(",0.25,", ',"1,234",')
    text = believe(("2026/05/01", "2026/03/01")).replace("0,6;0,85;0,5", "2;1;1,234")
    assert failure(text, tmp_path / "open")[0] is Cause.AMBIGUOUS_DECIMALS
    assert "decimal_mark" in failure(text, tmp_path / "told")[1]
    for mark, net in ((".", "1234"), (",", "1.234")):
        driven = answered(text, tmp_path / f"mark{ord(mark)}", Answers(decimal_mark=mark))
        assert driven.figures.net_accepted == Decimal(net)
        driven = answered(content, tmp_path / f"layout{ord(mark)}", Answers(decimal_mark=mark))
        assert driven.figures.net_accepted == Decimal(net)


def test_a_column_that_contradicts_itself_is_read_as_answered(tmp_path: Path) -> None:
    text = "".join(
        believe(("2026/05/01", "2026/03/01")).replace("0,6;0,85;0,5", f"2;1;{net}")[skip:]
        for net, skip in (("0.5", 0), ("0,25", len(BELIEVE) + 1), ("1,234", len(BELIEVE) + 1))
    )
    assert failure(text, tmp_path / "open")[0] is Cause.AMBIGUOUS_DECIMALS
    driven = answered(text, tmp_path / "answered", Answers(decimal_mark="."))
    assert driven.figures.net_accepted == Decimal("1234.5")
    assert driven.reasons() == {3: "other_decimal_mark"}


# --- other layouts ---


def in_euro(content: str, folder: Path, reporting_period: str | None = None) -> Driven:
    """Clean a file that names no currency."""
    return drive(content, folder, replace(settings(reporting_period=reporting_period), account_currency="EUR"))


def resaved(path: Path, columns: dict[str, str]) -> str:
    """The sample at `path` with one cell in all lines of each of `columns`."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, rows[0].keys())
    writer.writeheader()
    writer.writerows({**row, **columns} for row in rows)
    return target.getvalue()


@pytest.mark.parametrize("cell", ["8/27/2019", "27.08.2019", "43704", "27-Aug-19", "2019-08-27"])
def test_physical_sales_have_their_month_from_days_in_any_notation(cell: str, tmp_path: Path) -> None:
    content = resaved(SD_PHYSICAL, {"Invoice_Description": "Recharge 600000-F19", "datePaidlast": cell})
    driven = in_euro(content, tmp_path)
    assert set(months_of(driven)) == {"2019-08"}


def test_a_number_in_a_description_is_no_day(tmp_path: Path) -> None:
    content = resaved(SD_PHYSICAL, {"Invoice_Description": "43000", "datePaidlast": "8/27/2019"})
    mixed = content.replace("43000", "Recharge 600000", 1)
    assert set(months_of(in_euro(mixed, tmp_path))) == {"2019-08"}


def test_posted_days_and_months_of_sale_are_each_read_in_their_column(tmp_path: Path) -> None:
    driven = drive(resaved(TUNECORE, {"Sales Period": "7/1/2026", "Posted Date": "9/15/2026"}), tmp_path)
    assert set(months_of(driven)) == {"2026-07"}
    assert set(driven.accepted["statement_period"]) == {date(2026, 9, 1)}


@pytest.mark.parametrize(
    ("start", "end"),
    [("1/1/2026", "1/31/2026"), ("01.01.2026", "31.01.2026"), ("46023", "46053"), ("7/1/26", "7/31/26")],
)
def test_the_two_ends_of_a_time_of_sale_are_read_alike(start: str, end: str, tmp_path: Path) -> None:
    driven = drive(resaved(FUGA, {"Sale Start date": start, "Sale End date": end}), tmp_path)
    assert set(months_of(driven)) == {"2026-07" if start.startswith("7") else "2026-01"}


def test_days_of_sale_that_fit_two_ways_stop_a_file_of_days(tmp_path: Path) -> None:
    content = resaved(SAMPLES / "beatport" / "beatport.csv", {"TRANSACTION_DATE": "7/4/2025"})
    cause, message = failure(content, tmp_path)
    assert (cause, "'TRANSACTION_DATE'" in message) == (Cause.AMBIGUOUS_DATES, True)
    july = in_euro(content, tmp_path / "july", "2025-07")
    assert set(months_of(july)) == {"2025-07"}
