"""A program that `workbooks.py` runs: it writes a workbook's sheets as tab-separated text.

Reads .xls, .xlsx, .xlsb and .ods with pandas and calamine. The request is JSON in the first argument; the answer is a
line of JSON: `{"sheets": [{"path", "title", "hidden"}, …]}`, or `{"cause", "message"}` for what the user can mend.
Imports nothing of this project, which isolated mode (`-I`) takes off the path.
"""

from __future__ import annotations

import errno
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas

BATCH: Final = 10_000
EXACT: Final = 2.0**53  # up to here every whole number is exact as a float; larger ones are written as `repr` does
_GAPS: Final = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "\0": "", "\x0b": " ", "\x0c": " "})
_LIKE_THOUSANDS: Final = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CORRUPT: Final = {"cause": "corrupt_file", "message": "is damaged, too large or of an unknown kind."}
_LOCKED: Final = {"cause": "corrupt_file", "message": "is locked with a password."}
_LARGE: Final = {"cause": "too_large", "message": "holds more than OAS takes; send it as CSV."}


# An encrypted .xlsx or .xlsb is an OLE document with this stream; an encrypted .xls has the record FILEPASS (2F) after
# its first (BOF, 09 08). The stream's name and the record may stand anywhere in the document.
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = re.compile(rb"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0|\x09\x08\x10\x00[\s\S]{16}\x2f\x00")


class TooLarge(Exception):
    """The workbook has more sheets, columns or bytes of text than the request allows."""


def cell_text(value: object) -> str:
    """Return a cell as text: a number in the fewest digits that give it back, a day as ISO date, text on one line."""
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
    # NaN and infinity are no amounts: such a cell counts as blank.
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if value.is_integer() and abs(value) <= EXACT:
        return str(int(value))
    # 1.234 as text could be 1234 in a column of texts such as 0,5; as 1.2340 it has one reading.
    return f"{value!r}0" if _LIKE_THOUSANDS.fullmatch(repr(value)) else repr(value)


def lines_of(sheet: Any, most_columns: int) -> Iterator[str]:
    """Yield a line per row of `sheet`, also of empty rows above its first cell: line numbers are row numbers."""
    if sheet.width > most_columns:
        raise TooLarge
    for row in sheet.iter_rows():
        yield "\t".join(map(cell_text, row))


def write(lines: Iterator[str], target: Path, left: int) -> int:
    """Write `lines` to `target` and return how many bytes of `left` remain; raises `TooLarge` if none do."""
    with target.open("wb") as file:
        while batch := list(islice(lines, BATCH)):
            text = ("\n".join(batch) + "\n").encode("utf-8", "replace")
            left -= len(text)
            if left < 0:
                raise TooLarge
            file.write(text)
    return left


def write_sheets(request: dict[str, Any]) -> list[dict[str, str | bool]]:
    """Write each sheet that is not empty; returns the path and title of each, and whether Excel hides it."""
    found: list[dict[str, str | bool]] = []
    left = int(request["bytes"])
    with pandas.ExcelFile(request["path"], engine="calamine") as workbook:
        if len(workbook.sheet_names) > request["sheets"]:
            raise TooLarge
        hidden = {sheet.name for sheet in workbook.book.sheets_metadata if "Hidden" in str(sheet.visible)}
        for number, title in enumerate(workbook.sheet_names):
            sheet = workbook.book.get_sheet_by_name(title)
            if not sheet.height or not sheet.width:
                continue
            target = Path(f"{request['target']}-{number}")
            left = write(lines_of(sheet, request["columns"]), target, left)
            found.append({"path": str(target), "title": str(title), "hidden": title in hidden})
    return found


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return what `main` prints; never raises."""
    try:
        return {"sheets": write_sheets(request)}
    except (TooLarge, MemoryError):
        return _LARGE
    except OSError as error:
        # Nothing is wrong with the workbook when the worker's disk is full.
        return {"full": error.errno} if error.errno in _FULL else _damaged(request, error)
    except BaseException as error:  # a damaged workbook makes calamine panic, which is no Exception
        return _damaged(request, error)


def _damaged(request: dict[str, Any], error: BaseException) -> dict[str, Any]:
    locked = "password" in f"{type(error).__name__} {error}".lower()
    return _LOCKED if locked or is_locked(Path(request["path"])) else _CORRUPT


def is_locked(path: Path) -> bool:
    """Whether the workbook at `path` is encrypted; calamine knows only by the ending of a path, which it has not."""
    with path.open("rb") as file:
        if file.read(len(_OLD_OFFICE)) == _OLD_OFFICE:
            return _ENCRYPTED.search(file.read()) is not None
    try:
        with zipfile.ZipFile(path) as archive:
            return b"encryption-data" in archive.read("META-INF/manifest.xml")
    except (zipfile.BadZipFile, KeyError, OSError):
        return False


def limit_memory(more: int) -> None:
    """Limit this process to `more` bytes of memory beyond what it has now."""
    # What pandas itself takes differs between machines: only the growth can be limited to a fixed number.
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(arguments: Iterable[str]) -> None:
    request = json.loads(next(iter(arguments)))
    limit_memory(int(request["memory"]))
    sys.stdout.write(json.dumps(answer(request)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
