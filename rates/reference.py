"""Read the ECB's euro reference rates from a CSV (eurofxref-hist.csv, or the ZIP it comes in).

The header is `Date,USD,JPY,…`; then comes a line per day, newest first: the units of each currency that one euro buys.
`N/A` where a currency was not quoted that day; a comma ends every line.
"""

from __future__ import annotations

import csv
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from rates.models import BASE

PLACES = 18
MOST_BYTES = 8 * 1024 * 1024  # unpacked; the file of 28 years has 2 MB
MOST_CURRENCIES = 100
MOST_PROBLEMS = 20  # shown
MOST_COUNTED = 1000  # problems after which no further line is read
FIRST_DAY = date(1999, 1, 4)  # no rate of the euro is older
NOT_QUOTED = frozenset({"", "N/A"})
_CODE = re.compile(r"[A-Z]{3}")
_UNITS = re.compile(rf"[0-9]{{1,20}}(?:\.[0-9]{{1,{PLACES}}})?")  # numeric(38,18)


class DayRate(NamedTuple):
    """The `units` of `currency` that one euro buys on `day`."""

    currency: str
    day: date
    units: Decimal


class BadReferenceFile(Exception):
    """The file is not one of the ECB. `problems`: sentences with line numbers, at most 20 and the number of others."""

    def __init__(self, problems: list[str]) -> None:
        shown = problems[:MOST_PROBLEMS]
        if len(problems) > MOST_PROBLEMS:
            more = len(problems) - MOST_PROBLEMS if len(problems) < MOST_COUNTED else "many"
            shown.append(f"… and {more} more.")
        super().__init__("\n".join(shown))
        self.problems = shown


def read_reference(path: Path) -> list[DayRate]:
    """Every rate in the file at `path`. Raises `BadReferenceFile` with all problems of all lines, OSError."""
    return read_lines(text_of(path).splitlines())


def read_lines(text: Iterable[str]) -> list[DayRate]:
    """Every rate in the lines `text`, of which the first is the header. Raises `BadReferenceFile`."""
    lines = csv.reader(text)
    currencies = _header(next(lines, []))
    rates: list[DayRate] = []
    problems: list[str] = []
    seen: dict[date, int] = {}
    for cells in _cells(lines):
        if len(problems) >= MOST_COUNTED:
            break
        if any(cell.strip() for cell in cells):
            _read_line(cells, lines.line_num, currencies, seen, rates, problems)
    if not rates and not problems:
        problems.append("There is no rate in the file.")
    if problems:
        raise BadReferenceFile(problems)
    return rates


def _cells(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from lines
    except csv.Error as error:
        raise BadReferenceFile([f"The file is no CSV: {error}."]) from None


def text_of(path: Path) -> str:
    """The text of the file at `path`, unpacked if it is an archive. Raises `BadReferenceFile`, OSError."""
    content = _unzipped(path) if zipfile.is_zipfile(path) else _start(path)
    if len(content) > MOST_BYTES:
        raise BadReferenceFile([f"The file has more than {MOST_BYTES} bytes."])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadReferenceFile(["The file is no text in UTF-8."]) from None


def _start(path: Path) -> bytes:
    # One byte too many shows that the file is too long, however long it is; so it does of an archive's member.
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _unzipped(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if len(names) != 1:
                raise BadReferenceFile(["The archive does not hold exactly one CSV."])
            with archive.open(names[0]) as member:
                return member.read(MOST_BYTES + 1)
    # A damaged archive raises errors of zlib and struct, and one with a password a RuntimeError.
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise BadReferenceFile(["The archive is damaged, or locked."]) from error


def _header(cells: list[str]) -> list[str]:
    """The currencies in the order of their columns. Raises `BadReferenceFile`."""
    names = [cell.strip() for cell in cells]
    # The comma at the end of the line makes an empty cell.
    while names and not names[-1]:
        names.pop()
    if len(names) < 2 or names[0] != "Date":
        raise BadReferenceFile(["Line 1: the header is not Date and currencies (Date,USD,JPY,…)."])
    if len(names) > MOST_CURRENCIES:
        raise BadReferenceFile([f"Line 1: there are more than {MOST_CURRENCIES} columns."])
    bad = [name for name in names[1:] if not _CODE.fullmatch(name) or name == BASE]
    twice = sorted({name for name in names[1:] if names.count(name) > 1})
    if bad or twice:
        what = f"{', '.join(bad)}: no currency code." if bad else f"{', '.join(twice)} is there twice."
        raise BadReferenceFile([f"Line 1: {what}"])
    return names[1:]


def _read_line(
    cells: list[str],
    number: int,
    currencies: list[str],
    seen: dict[date, int],
    rates: list[DayRate],
    problems: list[str],
) -> None:
    """Add the rates of line `number` to `rates`, its day to `seen`, and what is wrong with it to `problems`."""
    day = _day(cells[0].strip())
    if day is None:
        problems.append(f"Line {number}: {cells[0].strip()[:40]!r} is no day (YYYY-MM-DD).")
    elif day < FIRST_DAY:
        problems.append(f"Line {number}: {day} is before the euro.")
    elif day in seen:
        problems.append(f"Line {number}: {day} is on line {seen[day]} already.")
    elif any(cell.strip() for cell in cells[len(currencies) + 1 :]):
        problems.append(f"Line {number}: it has more cells than the header.")
    elif len(cells) < len(currencies) + 1:
        problems.append(f"Line {number}: it has fewer cells than the header; the file may be cut off.")
    else:
        seen[day] = number
        rates.extend(_rates_of(day, cells[1:], number, currencies, problems))


def _rates_of(
    day: date, cells: list[str], number: int, currencies: list[str], problems: list[str]
) -> Iterator[DayRate]:
    for currency, cell in zip(currencies, cells, strict=False):
        text = cell.strip()
        if text in NOT_QUOTED:
            continue
        units = _units(text)
        if units is None:
            problems.append(f"Line {number}, {currency}: {text[:40]!r} is no rate.")
        else:
            yield DayRate(currency=currency, day=day, units=units)


def _day(text: str) -> date | None:
    try:
        # `fromisoformat` would also take 20250131.
        return date.fromisoformat(text) if len(text) == len("2025-01-31") else None
    except ValueError:
        return None


def _units(text: str) -> Decimal | None:
    return (Decimal(text) or None) if _UNITS.fullmatch(text) else None
