"""Calculates the figures of samples without Glider: with the csv module, openpyxl and Decimal, from the columns that a
sample's fixture names. Run as a program, it writes the expected figures beside every sample.

A fixture (`<sample>.toml`) states how to read the sample, and which of its lines are no sale lines and why. The
expected figures (`<sample>.json`) are committed, so that a change of either is seen.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import openpyxl

SAMPLES = Path(__file__).parent / "samples"
EXACT = Context(prec=60)
SKIPS = (
    "blank_line", "total_line", "summary_line", "transfer", "no_sale", "nothing_of_kind", "repeated_header",
    "usage_line", "pending",
)  # fmt: skip


@dataclass(frozen=True)
class Fixture:
    """One sample: `path` of the file, and what its fixture states about it."""

    path: Path
    layout: str
    header: int = 1  # the line it is on, 1-based; 0: there is none, and columns are numbered from 1
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    quoting: bool = True
    member: str = ""  # of a zip
    sheets: tuple[str, ...] = ()  # of a workbook
    decimal: str = "."
    net: tuple[str, ...] = ()  # columns that are added up; one with a minus before it is taken away
    quantity: tuple[str, ...] = ()
    without_units: tuple[str, ...] = ()  # sheets whose units are not counted
    net_if_blank: tuple[str, ...] = ()  # like `net`, for lines that have none
    currency: str = ""
    currency_column: str = ""
    periods: tuple[str, ...] = ()
    statement_periods: tuple[str, ...] = ()
    # Line number → reason; `Sheet!line` where there are several sheets, `line#kind` for one kind of sale of a line.
    not_sales: dict[str, str] = field(default_factory=dict)
    negative: dict[str, str] = field(default_factory=dict)  # `column` and `value`: units count against the label
    kinds: tuple[dict[str, Any], ...] = ()  # several kinds of sale side by side: `net` and `quantity` of each
    filename: str = ""
    reporting_period: str | None = None
    account_currency: str | None = "EUR"
    warnings: tuple[str, ...] = ()  # what a warning must hold
    checks: tuple[str, ...] = ()  # names of checks that must be there, and tie
    exempt: tuple[str, ...] = ()  # variants that this sample cannot have
    nothing: bool = False  # a statement of nothing, without a table
    # How lines that are no table are added up. `typed`: `net` and `quantity` are `start of a line:place of the cell`
    # (from 0), or `start:=1` for one each. `cross`: every filled cell of the columns of `net` is a line.
    by: str = ""

    @property
    def name(self) -> str:
        return f"{self.layout}/{self.path.name}"

    @property
    def expected_path(self) -> Path:
        return self.path.with_name(self.path.name + ".json")


def fixtures() -> list[Fixture]:
    """The fixtures of samples that are tables."""
    return [fixture for fixture in every_fixture() if not fixture.by]


def every_fixture() -> list[Fixture]:
    """The fixtures of all samples, also of those that readers make tables of."""
    return [_fixture(path) for path in sorted(SAMPLES.glob("*/*.toml"))]


def _fixture(path: Path) -> Fixture:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entries.items()}
    return Fixture(path=path.with_suffix(""), layout=path.parent.name, **values)


@dataclass(frozen=True)
class Row:
    """`number`: of the line, as not_sales names it; `cells` by column name (`Name#2` for the second so called)."""

    number: str
    cells: dict[str, str]


def rows_of(fixture: Fixture) -> Iterator[Row]:
    """Yield every line after the header."""
    if fixture.nothing:
        return
    tables = _sheets(fixture) if fixture.sheets else [("", _lines(fixture))]
    for mark, lines in tables:
        names = _numbered(lines[fixture.header - 1]) if fixture.header else None
        for place, cells in enumerate(lines[fixture.header :], start=fixture.header + 1):
            keys = names or [str(number) for number in range(1, len(cells) + 1)]
            yield Row(f"{mark}{place}", dict(zip(keys, cells + [""] * (len(keys) - len(cells)), strict=False)))


def _lines(fixture: Fixture) -> list[list[str]]:
    data = fixture.path.read_bytes()
    if fixture.member:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(fixture.member)
    text = data.decode(fixture.encoding)
    if not fixture.quoting:
        return [line.split(fixture.delimiter) for line in text.splitlines()]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=fixture.delimiter))


def _sheets(fixture: Fixture) -> list[tuple[str, list[list[str]]]]:
    book = openpyxl.load_workbook(fixture.path, data_only=True)
    several = len(fixture.sheets) > 1
    return [
        (
            f"{name}!" if several else "",
            [[_text(cell) for cell in row] for row in book[name].iter_rows(values_only=True)],
        )
        for name in fixture.sheets
    ]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _numbered(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return numbered


def amount(text: str, decimal: str) -> Decimal:
    """The number in a cell; 0 for a blank."""
    bare = text.strip().replace("US$", "").replace("$", "").replace(" ", "").replace("\u00a0", "")
    if not bare:
        return Decimal(0)
    negative = bare.startswith("(")
    bare = bare.strip("()").replace("." if decimal == "," else ",", "").replace(",", ".")
    return -Decimal(bare) if negative else Decimal(bare)


def total(cells: dict[str, str], columns: tuple[str, ...], decimal: str) -> Decimal:
    """The sum of `columns`; raises KeyError for one that the sample does not have."""
    parts = [(column.removeprefix("-"), -1 if column.startswith("-") else 1) for column in columns]
    return sum((factor * amount(cells[column], decimal) for column, factor in parts), Decimal(0))


@dataclass
class Figures:
    """The figures of a sample; amounts by currency."""

    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    quantity: int = 0
    net: dict[str, Decimal] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def fell(self, reason: str, lines: int = 1) -> None:
        self.reasons[reason] += lines
        self.rows_read += lines
        if reason in SKIPS:
            self.skipped += lines
        else:
            self.rejected += lines

    def sold(self, currency: str, net: Decimal, quantity: Decimal) -> None:
        self.rows_read += 1
        self.accepted += 1
        self.quantity += int(quantity)
        self.net[currency] = self.net.get(currency, Decimal(0)) + net


def calculate(fixture: Fixture) -> Figures:
    """Count and add up every line of a sample."""
    figures = Figures()
    with localcontext(EXACT):
        if fixture.by:
            return {"typed": _typed, "cross": _cross}[fixture.by](figures, fixture)
        for row in rows_of(fixture):
            _add(figures, fixture, row)
    return figures


def _add(figures: Figures, fixture: Fixture, row: Row) -> None:
    if row.number in fixture.not_sales:
        figures.fell(fixture.not_sales[row.number], len(fixture.kinds) or 1)
        return
    currency = fixture.currency or row.cells[fixture.currency_column].strip()
    kinds = fixture.kinds or ({"net": fixture.net, "quantity": fixture.quantity},)
    for place, kind in enumerate(kinds, start=1):
        if reason := fixture.not_sales.get(f"{row.number}#{place}"):
            figures.fell(reason)
            continue
        net, quantity = _numbers(fixture, row, kind)
        if fixture.kinds and not net and not quantity:
            figures.fell("nothing_of_kind")
        else:
            figures.sold(currency, net, _signed(fixture, row, quantity))


def _numbers(fixture: Fixture, row: Row, kind: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """The net and the units of one kind of sale in a line."""
    net, quantity = (tuple(kind.get(name, ())) for name in ("net", "quantity"))
    if fixture.net_if_blank and not any(row.cells.get(column, "").strip() for column in net):
        net = fixture.net_if_blank
    if row.number.partition("!")[0] in fixture.without_units:
        quantity = ()
    return total(row.cells, net, fixture.decimal), total(row.cells, quantity, fixture.decimal)


def _typed(figures: Figures, fixture: Fixture) -> Figures:
    for number, cells in enumerate(_lines(fixture), start=1):
        line = fixture.delimiter.join(cells)
        net, units = (_number_of(line, cells, places) for places in (fixture.net, fixture.quantity))
        if reason := fixture.not_sales.get(str(number)):
            figures.fell(reason)
        elif net is not None:
            figures.sold(fixture.currency, net, units or Decimal(0))
        elif units is not None:
            figures.quantity += int(units)
    return figures


def _number_of(line: str, cells: list[str], places: tuple[str, ...]) -> Decimal | None:
    """The number in the cell that `places` names for this kind of line; None if it names none."""
    for start, _, place in (entry.rpartition(":") for entry in places):
        if line.startswith(start):
            return Decimal(1) if place == "=1" else amount(cells[int(place)], ".")
    return None


def _cross(figures: Figures, fixture: Fixture) -> Figures:
    for row in rows_of(fixture):
        if reason := fixture.not_sales.get(row.number):
            figures.fell(reason)
            continue
        for cell in (row.cells[column] for column in fixture.net if row.cells[column]):
            figures.sold(fixture.currency, amount(cell, fixture.decimal), Decimal(0))
    return figures


def _signed(fixture: Fixture, row: Row, quantity: Decimal) -> Decimal:
    against = fixture.negative and row.cells[fixture.negative["column"]] == fixture.negative["value"]
    return -abs(quantity) if against else quantity


def expected(fixture: Fixture) -> dict[str, Any]:
    """The figures in the form in which they are written beside the sample."""
    figures = calculate(fixture)
    return {
        "layout": fixture.layout,
        "rows_read": figures.rows_read,
        "accepted": figures.accepted,
        "rejected": figures.rejected,
        "skipped": figures.skipped,
        "reasons": dict(sorted(figures.reasons.items())),
        "net": {currency: _plain(net) for currency, net in sorted(figures.net.items())},
        "quantity": figures.quantity,
        "periods": list(fixture.periods),
        "statement_periods": list(fixture.statement_periods),
    }


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def main() -> None:
    for fixture in every_fixture():
        fixture.expected_path.write_text(json.dumps(expected(fixture), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
