"""The preview of a file on disk at the terminal, as tables: `manage.py inspect FILE`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

from rich.console import Console
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
SHOWN: Final = ("source_row", "period", "dsp", "territory", "artist", "track", "isrc", "quantity", "currency", "net")
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
        console.print(_table("First sale lines", SHOWN, rows))
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
    width = max((len(row) for row in raw.rows), default=0)
    if width == 0:
        return
    rows = [[*row, *[""] * (width - len(row))] for row in raw.rows]
    title = f"{raw.part or 'The file'}: {raw.encoding}, {DELIMITERS.get(raw.delimiter, raw.delimiter)}"
    console.print(_table(title, [str(place + 1) for place in range(width)], rows))


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


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
