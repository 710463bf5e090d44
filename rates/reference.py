"""Read the ECB's euro reference rates from a CSV (eurofxref-hist.csv, or the ZIP it comes in).

The header is `Date,USD,JPY,…`; then comes a line per day, newest first: the units of each currency that one euro buys.
`N/A` where a currency was not quoted that day; a comma ends every line.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rates.models import BASE
from rates.services import PLACES, DayRate

MOST_BYTES = 64 * 1024 * 1024
MOST_PROBLEMS = 20
NOT_QUOTED = frozenset({"", "N/A"})
_CODE = re.compile(r"[A-Z]{3}")
_MOST_UNITS = Decimal(10) ** 20  # numeric(38,18)


class BadReferenceFile(Exception):
    """The file is not one of the ECB. `problems`: sentences with line numbers, at most 20 and the number of others."""

    def __init__(self, problems: list[str]) -> None:
        shown = problems[:MOST_PROBLEMS]
        if len(problems) > MOST_PROBLEMS:
            shown.append(f"… and {len(problems) - MOST_PROBLEMS} more.")
        super().__init__("\n".join(shown))
        self.problems = shown


def read_reference(path: Path) -> list[DayRate]:
    """Every rate in the file at `path`. Raises `BadReferenceFile` with all problems of all lines, OSError."""
    lines = csv.reader(_text(path).splitlines())
    currencies = _header(next(lines, []))
    rates: list[DayRate] = []
    problems: list[str] = []
    seen: dict[date, int] = {}
    for cells in lines:
        if any(cell.strip() for cell in cells):
            _read_line(cells, lines.line_num, currencies, seen, rates, problems)
    if not rates and not problems:
        problems.append("There is no rate in the file.")
    if problems:
        raise BadReferenceFile(problems)
    return rates


def _text(path: Path) -> str:
    content = _unzipped(path) if zipfile.is_zipfile(path) else path.read_bytes()
    if len(content) > MOST_BYTES:
        raise BadReferenceFile([f"The file has more than {MOST_BYTES} bytes."])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadReferenceFile(["The file is no text in UTF-8."]) from None


def _unzipped(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(names) != 1:
            raise BadReferenceFile(["The archive does not hold exactly one CSV."])
        with archive.open(names[0]) as member:
            # One byte too many shows that the member is too long, however long it is.
            return member.read(MOST_BYTES + 1)


def _header(cells: list[str]) -> list[str]:
    """The currencies in the order of their columns. Raises `BadReferenceFile`."""
    names = [cell.strip() for cell in cells]
    # The comma at the end of the line makes an empty cell.
    while names and not names[-1]:
        names.pop()
    if len(names) < 2 or names[0] != "Date":
        raise BadReferenceFile(["Line 1: the header is not Date and currencies (Date,USD,JPY,…)."])
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
    try:
        units = Decimal(text)
    except InvalidOperation:
        return None
    # The exponent of NaN and infinity is no number.
    exponent = units.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -PLACES and 0 < units < _MOST_UNITS
    return units if fits else None
