"""The preview of a file on disk at the terminal, as tables: `manage.py inspect FILE`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from glider.checks import not_tied
from glider.cleaning.input.containers import Limits
from glider.cleaning.pipeline import Settings
from glider.contract import CleaningResult, PreviewResult, ProposedMapping, RawMember, RecognisedMember
from glider.layouts.layout import Layout
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import Stores, shipped_stores
from glider.preview import inspect
from oas.kernel.amounts import format_amount

FAILED: Final = 1
LIMITS: Final = Limits(bytes=10 * 1024**3, ratio=200, members=1000)
# Field of a sale line → title and width of its column; names get what is left of 80 characters.
SHOWN: Final = {
    "source_row": ("line", 4),
    "period": ("month", 7),
    "dsp": ("DSP", 7),
    "territory": ("in", 2),
    "artist": ("artist", 0),
    "track": ("track", 0),
    "isrc": ("ISRC", 12),
    "quantity": ("qty", 4),
    "currency": ("cur", 3),
    "net": ("net", 8),
}
RAW_ROWS: Final = 3  # rows of an unknown table that are shown side by side
DELIMITERS: Final = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


def main(words: Sequence[str]) -> int:
    """Show the file that the command line `words` names; returns the exit status."""
    parser = argparse.ArgumentParser(prog="manage.py inspect", description="Show what OAS sees in a sales file.")
    parser.add_argument("file", type=Path)
    return 0 if show(parser.parse_args(words).file, shipped_layouts(), shipped_stores()) else FAILED


def show(
    file: Path, layouts: tuple[Layout, ...], stores: Stores, territories: Mapping[str, str] = MappingProxyType({})
) -> bool:
    """Print the preview of `file`; returns whether OAS would accept it.

    `territories`: names that an organisation has explained, as written → code.
    """
    console = Console()
    if not file.is_file():
        console.print(f"There is no file {file}.", markup=False)
        return False
    settings = Settings(layouts, LIMITS, 1024 * 1024, 100_000, stores, filename=file.name, account_currency="USD")
    settings = replace(settings, territories=territories)
    with tempfile.TemporaryDirectory(prefix="inspect-") as folder:
        # A copy is read, because cleaning writes over the header of its file.
        shutil.copyfile(file, Path(folder) / "raw")
        found = inspect(Path(folder) / "raw", Path(folder), settings, PreviewResult(job=UUID(int=0)))
    _print(console, found)
    return found.cause is None


def _print(console: Console, found: PreviewResult) -> None:
    console.print(f"container   {found.container}")
    for member in found.parts:
        _print_recognised(console, member)
    for raw in found.seen:
        _print_raw(console, raw)
    if found.lines:
        rows = ([_cell(name, line.get(name)) for name in SHOWN] for line in found.lines)
        console.print(_table("First sale lines", SHOWN.values(), rows))
    if found.figures is not None:
        _print_figures(console, found.figures)
    if found.proposal is not None:
        _print_proposal(console, found.proposal)
    if found.cause is not None:
        console.print(f"{found.cause}: {found.message}", markup=False, style="red")


def _cell(name: str, value: object) -> str:
    text = "" if value is None else str(value)
    if name == "net":
        return format_amount(Decimal(text))
    return text[:7] if name == "period" else text


def _print_recognised(console: Console, member: RecognisedMember) -> None:
    facts = {
        "part": member.part,
        "encoding": member.encoding,
        "delimiter": DELIMITERS.get(member.delimiter, member.delimiter),
        "header line": str(member.header_line or "none"),
        "layout": f"{member.layout} ({member.title}), version {member.version}",
        "because of": ", ".join(member.known),
        "not read": ", ".join(member.unknown),
        "runners-up": ", ".join(member.runners_up) or "none",
    }
    for name, value in facts.items():
        if value:
            console.print(f"{name:<11} {value}", markup=False, highlight=False)


def _print_raw(console: Console, raw: RawMember) -> None:
    """The widest row and those after it, a line for each column: real tables have more columns than a terminal."""
    width = max((len(row) for row in raw.rows), default=0)
    if width == 0:
        return
    first = next(number for number, row in enumerate(raw.rows) if len(row) == width)
    shown = raw.rows[first : first + RAW_ROWS]
    titles = [("", 3), *((f"row {first + number}", 0) for number in range(1, len(shown) + 1))]
    cells = zip_longest(*shown, fillvalue="")
    title = f"{raw.part or 'The file'}: {raw.encoding}, {DELIMITERS.get(raw.delimiter, raw.delimiter)}"
    console.print(_table(title, titles, ([str(place), *row] for place, row in enumerate(cells, start=1))))


def _print_proposal(console: Console, proposal: ProposedMapping) -> None:
    console.print(f"A mapping that the names of the columns suggest (header in line {proposal.header_line}):")
    for name, column in proposal.columns.items():
        console.print(f"  {name:<17} {column}", markup=False, highlight=False)
    for name, cells in proposal.undecided.items():
        console.print(f"  {name:<17} could be: {', '.join(cells)}", markup=False, highlight=False)
    if proposal.figures is not None:
        console.print("By this mapping the file would come to:")
        _print_figures(console, proposal.figures)
    elif proposal.message:
        console.print(f"By this mapping: {proposal.message}", markup=False)


def _print_figures(console: Console, figures: CleaningResult) -> None:
    net = ", ".join(f"{format_amount(amount)} {currency}" for currency, amount in figures.net_by_currency.items())
    console.print(
        f"{figures.rows_read:,} lines: {figures.accepted:,} accepted, {figures.rejected:,} rejected, "
        f"{figures.skipped:,} skipped; net {net or 'nothing'} over {', '.join(figures.periods) or 'no period'}",
        markup=False,
    )
    for reason, count in figures.reasons.items():
        console.print(f"  {reason}: {count:,}", markup=False)
    for check in not_tied(figures.checks):
        console.print(f"does not tie: {check.name}: {check.expected} ≠ {check.found}", markup=False, style="red")
    for warning in figures.warnings:
        console.print(f"warning: {warning}", markup=False, style="yellow")


def _table(title: str, columns: Iterable[tuple[str, int]], rows: Iterable[Sequence[str]]) -> Table:
    """A table of `columns` (title and width; 0: of what is left), without lines, which would take room."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), expand=True)
    for name, width in columns:
        table.add_column(name, overflow="ellipsis", no_wrap=True, width=width or None, ratio=None if width else 1)
    for row in rows:
        # Text of the file is no markup of the terminal's.
        table.add_row(*map(escape, row))
    return table
