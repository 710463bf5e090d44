"""Members of archives: which are sales, which repeat money, which are refused; none is left out without a warning."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import Cell, Sheets, archive, rows_of, workbook
from tests.glider.cleaning.vendors import APPLE, ITUNES, cargo
from tests.glider.driving import Driven, distrokid, drive

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


def failed(content: bytes, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


def checks(driven: Driven) -> dict[str, bool]:
    return {check.name: check.tied for check in driven.figures.checks}


def parts(driven: Driven) -> dict[str, Decimal]:
    """Net by part."""
    return dict(driven.accepted.group_by("source_part", maintain_order=True).agg(pl.col("net").sum()).iter_rows())


def test_apples_summaries_are_left_out_with_a_warning(tmp_path: Path) -> None:
    members = {
        "S1_800_1017_AU.txt": APPLE.format(net=".03"),
        "S2_800_1017_AU.txt": "Storefront\tTotal\nAU\t99.00\n",
        "Summary.txt": "All\tof it\n1\t2\n",
        "800_1017_US.txt": ITUNES,
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("1.03")
    assert [text.split()[0] for text in driven.figures.warnings if "left out" in text] == [
        "S2_800_1017_AU.txt",
        "Summary.txt",
    ]


def test_an_archive_of_summaries_only_has_no_sales(tmp_path: Path) -> None:
    members = {"S2_800_1017_AU.txt": "Storefront\tTotal\nAU\t99.00\n", "Summary.txt": "All\tof it\n1\t2\n"}
    cause, message = failed(archive(members), tmp_path)
    assert cause is Cause.NO_ROWS
    assert "only summaries" in message


def test_of_cargos_eight_members_one_has_the_money(tmp_path: Path) -> None:
    driven = drive(cargo(), tmp_path)
    assert parts(driven) == {"Acc-royalty_extended.csv": Decimal("0.75")}
    assert driven.figures.net_by_currency == {"GBP": Decimal("0.75")}
    assert checks(driven)["net read = total of Acc-labels.csv"] is True
    assert len([text for text in driven.figures.warnings if "left out" in text]) == 6


def test_a_summary_that_differs_from_the_lines_is_an_untied_check(tmp_path: Path) -> None:
    assert checks(drive(cargo("0.76"), tmp_path))["net read = total of Acc-labels.csv"] is False


def test_a_summary_without_its_column_is_left_out_with_a_warning(tmp_path: Path) -> None:
    driven = drive(cargo(side="Label,Other\r\nL,{}\r\n"), tmp_path)
    assert "Acc-labels.csv states no sum that could be compared; it was left out." in driven.figures.warnings


def test_soundons_summary_is_compared_and_shares_are_transfers(tmp_path: Path) -> None:
    header = (
        "Reporting Period,Sales Period,Track Artists,Track Title,ISRC,Track ID,UPC Code,Album Title,Release Date,"
        "Royalty Type,Store Name,Sales Region,Sales Type,Sales Sub Type,Units of Sold,Gross revenue,Artist Share,"
        "Final Royalty,Currency,Payee"
    )
    line = "2025-08,2025-07,A,T,QZAAA2500001,1,036000291452,R,,,Spotify,US,Streaming,FAMILY,3,1,100%,{},USD,P"
    name = "SoundOn_royalty_monthly_statement_2025_08_{}.csv"
    content = archive(
        {
            name.format("My Royalty"): f"{header}\n{line.format('1.5')}\n{line.format('2.25')}\n",
            name.format("Share in"): f"{header}\n{line.format('7')}\n",
            name.format("Share out"): f"{header}\n{line.format('8')}\n",
            name.format("Summary"): "Payee,Final Royalty\nP,3.75\nTotal,3.75\n",
        }
    )
    driven = drive(content, tmp_path)
    assert driven.figures.net_accepted == Decimal("3.75")
    assert driven.figures.reasons == {"transfer": 2}
    assert checks(driven)[f"net read = total of {name.format('Summary')}"] is True


def test_an_unknown_member_fails_the_file_by_name(tmp_path: Path) -> None:
    members = {"a.txt": distrokid(ONE), "costs.csv": "Item,Cost\nCD,3\n"}
    cause, message = failed(archive(members), tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert message.startswith("costs.csv: ")
    assert "'Item', 'Cost'" in message


def test_documents_and_text_without_tables_are_left_out_with_a_warning(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "a.txt": distrokid(ONE),
        "statement.pdf": b"%PDF-1.7 ...",
        "readme.txt": "Hello\nthere\n",
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("0.5")
    assert driven.figures.warnings == [
        "statement.pdf was left out because it is no table.",
        "readme.txt was left out because it is no table.",
    ]


# --- hidden sheets ---

HIDDEN_ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
HIDDEN_TWO = "2025-06|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"


@pytest.mark.parametrize("how", ["hidden", "very_hidden"])
def test_a_hidden_sheet_is_no_sales_beside_one_that_is_shown(how: str, tmp_path: Path) -> None:
    sheets: Sheets = {
        "July": rows_of(distrokid(HIDDEN_ONE)),
        "June": rows_of(distrokid(HIDDEN_TWO)),
        "Lists": [["A", "B"]],
    }
    content = workbook(sheets, **{how: ["June", "Lists"]})
    for place, sent in enumerate((content, archive({"book.xlsx": content}))):
        driven = drive(sent, tmp_path / str(place))
        assert (driven.figures.accepted, driven.figures.net_accepted) == (1, Decimal("0.5"))
        assert [text.rpartition("/")[2] for text in driven.figures.warnings] == [
            "June is a hidden sheet and was left out.",
            "Lists is a hidden sheet and was left out.",
        ]


def test_hidden_sheets_count_where_no_other_sheet_has_sales(tmp_path: Path) -> None:
    sheets: Sheets = {"Read me": [["Sales are hidden"]], "July": rows_of(distrokid(HIDDEN_ONE))}
    driven = drive(workbook(sheets, hidden=["July"]), tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (1, Decimal("0.5"))


# --- summaries that no layout knows ---

DETAIL = distrokid(HIDDEN_ONE, HIDDEN_TWO)
BY_STORE: list[list[Cell]] = [["Store", "Units", "Total"], ["Spotify", 3, 0.5], ["iTunes", 4, 0.25]]


@pytest.mark.parametrize("title", ["Summary", "Zusammenfassung", "Sheet1"])
def test_a_summary_sheet_is_left_out_and_its_total_compared(title: str, tmp_path: Path) -> None:
    sheets: Sheets = {title: [*BY_STORE, ["Grand Total", 7, 0.75]], "Detail": rows_of(DETAIL)}
    driven = drive(workbook(sheets), tmp_path)
    assert (driven.figures.accepted, driven.figures.net_accepted) == (2, Decimal("0.75"))
    assert checks(driven)[f"net read = total of {title}"] is True
    assert driven.figures.warnings == [f"{title} is a summary; its total was compared, and it was left out."]


def test_a_summary_with_another_total_does_not_tie(tmp_path: Path) -> None:
    sheets: Sheets = {"Summary": [*BY_STORE, ["Total", 7, 0.8]], "Detail": rows_of(DETAIL)}
    driven = drive(workbook(sheets), tmp_path)
    assert [name for name, tied in checks(driven).items() if not tied] == ["net read = total of Summary"]


def test_a_summary_without_a_total_is_left_out_with_a_warning(tmp_path: Path) -> None:
    driven = drive(archive({"summary 2025-07.csv": "Store,Units\nSpotify,3\n", "detail.txt": DETAIL}), tmp_path)
    assert driven.figures.accepted == 2
    assert driven.figures.warnings == ["summary 2025-07.csv states no sum that could be compared; it was left out."]


def test_an_unknown_sheet_whose_total_is_another_fails_the_file(tmp_path: Path) -> None:
    sheets: Sheets = {"YouTube": [*BY_STORE, ["Total", 7, 0.8]], "Detail": rows_of(DETAIL)}
    cause, message = failed(workbook(sheets), tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert message.startswith("YouTube: No known layout.")
