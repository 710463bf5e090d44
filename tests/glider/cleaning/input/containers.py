"""Makes archives and workbooks for tests, as bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Cell = str | float | int | bool | date | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]


def archive(members: Mapping[str, bytes | str], *, packed: bool = True) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file.getvalue()


def workbook(sheets: Sheets, hidden: Sequence[str] = (), very_hidden: Sequence[str] = ()) -> bytes:
    """.xlsx"""
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    days = made.add_format({"num_format": "yyyy-mm-dd"})
    for title, rows in sheets.items():
        sheet = made.add_worksheet(title)
        if title in hidden:
            sheet.hide()
        if title in very_hidden:
            sheet.very_hidden()
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                _write(sheet, y, x, cell, days)
    made.close()
    return file.getvalue()


def _write(sheet: Any, y: int, x: int, cell: Cell, days: Any) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(y, x, cell, days)
    elif isinstance(cell, str):
        sheet.write_string(y, x, cell)
    elif cell is not None:
        sheet.write(y, x, cell)


def old_workbook(sheets: Sheets) -> bytes:
    """.xls"""
    made = xlwt.Workbook()
    for title, rows in sheets.items():
        sheet = made.add_sheet(title)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if cell is not None:
                    sheet.write(y, x, cell)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def open_document(sheets: Sheets) -> bytes:
    """.ods"""
    made = OpenDocumentSpreadsheet()
    for title, rows in sheets.items():
        table = Table(name=title)
        for row in rows:
            line = TableRow()
            for cell in row:
                line.addElement(_open_cell(cell))
            table.addElement(line)
        made.spreadsheet.addElement(table)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def _open_cell(cell: Cell) -> Any:
    if cell is None:
        return TableCell()
    if isinstance(cell, (int, float)):
        made = TableCell(valuetype="float", value=repr(cell))
    else:
        made = TableCell(valuetype="string")
    made.addElement(P(text=str(cell)))
    return made


def rows_of(text: str, delimiter: str = "\t") -> list[list[Cell]]:
    """A table of text as rows of cells, all of them text."""
    return [list(line.split(delimiter)) for line in text.splitlines()]
