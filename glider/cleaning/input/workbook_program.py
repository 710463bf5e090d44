"""Run as a program by `workbooks.py`: a workbook's sheets to tab-separated text. Imports nothing of this project.

Reads .xls, .xlsx, .xlsb and .ods with pandas and calamine. The order is JSON in the first argument; the answer is a
line of JSON: `{"sheets": [{"path", "title"}, …]}`, or `{"cause", "message"}` for what the user can mend.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas

BATCH: Final = 10_000
EXACT: Final = 2.0**53  # whole numbers up to here are what the cell holds, digit by digit
_GAPS: Final = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\0": "", "\x0b": " ", "\x0c": " "})
_CORRUPT: Final = {"cause": "corrupt_file", "message": "is damaged, too large or of an unknown kind."}
_LOCKED: Final = {"cause": "corrupt_file", "message": "is locked with a password."}
_LARGE: Final = {"cause": "too_large", "message": "holds more than OAS takes; send it as CSV."}


class TooLarge(Exception):
    """The text grows past what may be written."""


def cell_text(value: object) -> str:
    """A number as short as it can be written and still be the same; a date as ISO; text on one line."""
    if isinstance(value, str):
        return value.translate(_GAPS)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) <= EXACT else repr(value)


def lines_of(sheet: Any, most_columns: int) -> Iterator[str]:
    """A line per row of the sheet, the empty ones above its first cell too, so that numbers are those of its rows."""
    if sheet.width > most_columns:
        raise TooLarge
    for row in sheet.iter_rows():
        yield "\t".join(map(cell_text, row))


def write(lines: Iterator[str], target: Path, left: int) -> int:
    """How many bytes of `left` remain."""
    with target.open("wb") as file:
        while batch := list(islice(lines, BATCH)):
            text = ("\n".join(batch) + "\n").encode("utf-8", "replace")
            left -= len(text)
            if left < 0:
                raise TooLarge
            file.write(text)
    return left


def sheets_of(order: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    left = int(order["bytes"])
    with pandas.ExcelFile(order["path"], engine="calamine") as workbook:
        if len(workbook.sheet_names) > order["sheets"]:
            raise TooLarge
        for number, title in enumerate(workbook.sheet_names):
            sheet = workbook.book.get_sheet_by_name(title)
            if not sheet.height or not sheet.width:
                continue
            target = Path(f"{order['target']}-{number}")
            left = write(lines_of(sheet, order["columns"]), target, left)
            found.append({"path": str(target), "title": str(title)})
    return found


def answer(order: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"sheets": sheets_of(order)}
    except (TooLarge, MemoryError):
        return _LARGE
    except BaseException as error:  # a damaged workbook can make its reader panic
        locked = "password" in f"{type(error).__name__} {error}".lower()
        return _LOCKED if locked else _CORRUPT


def limit_memory(more: int) -> None:
    """What this process may take on top of what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(arguments: Iterable[str]) -> None:
    order = json.loads(next(iter(arguments)))
    limit_memory(int(order["memory"]))
    sys.stdout.write(json.dumps(answer(order)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
