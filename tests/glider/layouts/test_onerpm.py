"""Workbooks of ONErpm: the net of the summary is that of the catalogue, with shares in and less shares out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.glider.cleaning.input.containers import Cell, Sheets, workbook
from tests.glider.driving import Driven, drive, not_tied

MASTERS = [
    "Album Title",
    "Track Title",
    "Artists",
    "Label",
    "UPC",
    "ISRC",
    "Product Type",
    "Store",
    "Territory",
    "Sale Type",
    "Transaction Month",
    "Accounted Date",
    "Original Currency",
    "Gross (Original Currency)",
    "Exchange Rate",
    "Currency",
    "Gross",
    "Quantity",
    "Average Unit",
    "% Share",
    "Fees",
    "Net",
]
SHARES = [
    "ID",
    "Parent ID",
    "Title",
    "Artists",
    "Label",
    "Payer Name",
    "Receiver Name",
    "Share Type",
    "Product Type",
    "Store",
    "Territory",
    "Sale Type",
    "Transaction Month",
    "Accounted Date",
    "Original Currency",
    "Gross (Original Currency)",
    "Exchange Rate",
    "Currency",
    "Gross",
    "Quantity",
    "% Share In/Out",
    "Net",
]
CHECK = "net read = total of Summary"


def row(header: list[str], **cells: Cell) -> list[Cell]:
    known: dict[str, Cell] = {
        "Artists": "Nora Vale", "Track Title": "Tide", "Title": "Tide", "ISRC": "BRAAA2600001", "ID": "BRAAA2600001",
        "Store": "Spotify", "Territory": "BR", "Transaction Month": "2026-03-01", "Accounted Date": "2026-05-01",
        "Currency": "USD", "Gross": 12, "Quantity": 100, "Product Type": "Track",
    }  # fmt: skip
    named = {name.replace("_", " "): value for name, value in cells.items()}
    return [(known | named).get(name, "") for name in header]


def book(folder: Path, sales: list[float], shares: list[tuple[str, float]], summary: float | None) -> Driven:
    sheets: dict[str, Any] = {
        "Masters": [MASTERS, *(row(MASTERS, Net=net) for net in sales)],
        "Shares In & Out": [SHARES, *(row(SHARES, Share_Type=kind, Net=net) for kind, net in shares)],
    }
    if summary is not None:
        sheets["Summary"] = [
            ["Platform", "Catalog Revenue", "Share In", "Share Out", "Net"],
            ["Spotify", 0, 0, 0, summary],
        ]
    return drive(workbook(sheets), folder)


@pytest.mark.parametrize(
    ("shares", "net"),
    [
        ([("In", 3), ("Out", -4)], "14"),
        ([("in", 3), ("out", 4)], "14"),  # a sheet that signs none of them
        ([("In", 3), ("Out", -4), ("Out", 0.5)], "14.5"),  # a correction of a share that was paid
        ([("Out", -4), ("Out", -1)], "10"),
        ([("In", 3), ("In", -0.25)], "17.75"),
        ([], "15"),
    ],
)
def test_the_summary_ties_with_shares(shares: list[tuple[str, float]], net: str, tmp_path: Path) -> None:
    driven = book(tmp_path, [10, 5], shares, float(net))
    assert driven.figures.net_by_currency == {"USD": Decimal(net)}
    assert driven.figures.layout == "onerpm"
    assert [check.expected for check in driven.figures.checks if check.name == CHECK] == [net]
    assert not_tied(driven) == []
    assert sum(driven.accepted["quantity"]) == 200  # those of the sales


def test_a_summary_of_the_catalogue_alone_does_not_tie(tmp_path: Path) -> None:
    assert not_tied(book(tmp_path, [10, 5], [("In", 3), ("Out", -4)], 15)) == [CHECK]


def test_a_workbook_of_more_shares_than_sales_is_of_the_main_layout(tmp_path: Path) -> None:
    driven = book(tmp_path, [10], [("In", 3), ("In", 2), ("Out", -1)], None)
    assert (driven.figures.layout, driven.figures.sender) == ("onerpm", "onerpm")


def test_shares_alone_are_read_too(tmp_path: Path) -> None:
    sheets: Sheets = {"Shares In & Out": [SHARES, row(SHARES, Share_Type="In", Net=3)]}
    driven = drive(workbook(sheets), tmp_path)
    assert (driven.figures.layout, driven.figures.sender) == ("onerpm_shares", "onerpm")
    assert driven.lines.select("isrc", "usage", "net").row(0) == ("BRAAA2600001", "adjustment", Decimal(3))
