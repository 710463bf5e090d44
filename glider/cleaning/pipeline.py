"""Cleans one sales file: unpack → recognise → read → normalise → check. Files in, files and figures out; no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import FEW_LINES, scan_lines, write_by_period, write_few, write_lines
from glider.checks import check
from glider.cleaning.input.containers import Opened, Unpacker
from glider.cleaning.input.line_sets import LineSet
from glider.cleaning.joined_tables import groups_of, joined
from glider.cleaning.recognition.csv_table import Table, short_lines, write_over_header, write_without_broken_quotes
from glider.cleaning.recognition.date_columns import readings_hold
from glider.cleaning.recognition.read_plan import (
    ReadPlan,
    convention_of,
    dates_of_whole_columns,
    first_plan,
    marks_are_certain,
    marks_of_whole_columns,
    with_stop,
)
from glider.cleaning.recognition.stated_totals import compare_totals, totals_in_tables
from glider.cleaning.recognition.stray_quotes import mend_stray_quotes
from glider.cleaning.refusal import refuse_nothing
from glider.cleaning.sale_lines.cells import line_breaks
from glider.cleaning.sale_lines.currency import is_open, refuse_unclear
from glider.cleaning.sale_lines.examples import examples_of_currencies
from glider.cleaning.sale_lines.faults import PassFindings
from glider.cleaning.sale_lines.normalise import Names, normalised_lines
from glider.cleaning.sale_lines.notices import notices, rounded_codes
from glider.cleaning.sale_lines.rejects_csv import write_rejects
from glider.cleaning.sale_lines.repeated_members import MemberLines, likely_repeats, repeats_among, warning_of
from glider.cleaning.sale_lines.tallies import figures_of, tally_lines, with_blank_lines
from glider.cleaning.sale_lines.totals_lines import find_totals_lines
from glider.cleaning.tables import FoundTables, Settings, find_tables, refuse_without_currency
from glider.cleaning.values.territories import own_territories
from glider.contract import Cause, Check, CleaningResult
from glider.errors import JobFailed, of_layout
from glider.layouts.layout import Layout
from glider.layouts.registry import version_of
from oas.kernel.amounts import add_up
from oas.kernel.engine import csv_chunks
from oas.kernel.workspace import is_disk_full

__all__ = ["Cleaned", "Settings", "clean"]

MOST_WARNINGS: Final = 60
ROUNDS: Final = 8  # passes over one table at most
AMOUNT_REASONS: Final = ("bad_net", "bad_gross", "bad_quantity", "other_decimal_mark")
Progress = Callable[[int, int], None]
Write = Callable[[pl.LazyFrame, Path], None]


@dataclass(frozen=True)
class Cleaned:
    """A cleaned file. `lines`: every line with its reason (`glider.canonical.staged_lines`); `rejects`: the CSV of the
    lines with a reason, None if there are none; `figures`: what became of them."""

    lines: Path
    rejects: Path | None
    figures: CleaningResult
    tables: tuple[Table, ...] = ()


def clean(raw: Path, folder: Path, settings: Settings, blank: CleaningResult, progress: Progress) -> Cleaned:
    """Clean the file at `raw`, working in `folder`; raises `JobFailed` with the reason in words.

    If no line is accepted, that is a `NothingAccepted`, with the rejected lines.

    `blank` is the result with the job's ids only; `progress` is called with percent and rows. May change the file at
    `raw`: its header is overwritten in place.
    """
    opened = Unpacker(folder, settings.limits, raw.stat().st_size).open(raw)
    found = find_tables(opened, folder, settings)
    layout = _main_layout(found.tables)
    with of_layout(layout.name, version_of(layout)), csv_chunks(min(table.chunk for table in found.tables)):
        return _cleaned(found, opened, folder, settings, blank, progress)


def _cleaned(
    found: FoundTables, opened: Opened, folder: Path, settings: Settings, blank: CleaningResult, progress: Progress
) -> Cleaned:
    progress(10, 0)
    outcomes = _outcomes(found.tables, folder, settings)
    outcomes, found = _without_repeats(outcomes, found)
    lines = _joined([outcome.path for outcome in outcomes], folder / "lines.parquet")
    progress(80, sum(outcome.rows for outcome in outcomes))
    tally = with_blank_lines(tally_lines(lines), _blank_lines(found.tables))
    counted = _counted(tally, found, opened, blank)
    rejects = _rejects(lines, outcomes, folder, counted)
    plans = [(outcome.table, outcome.plan) for outcome in outcomes]
    refuse_nothing(counted, _main_layout(found.tables), lines, plans, rejects)
    if len(counted.net_by_currency) > 1:
        counted = counted.model_copy(update={"currency_examples": examples_of_currencies(lines, plans)})
    result = _with_notices(_compared(counted, tally, found, lines), outcomes)
    progress(95, result.rows_read)
    result = result.model_copy(update={"cleaned_by_period": lines.is_dir()})
    return Cleaned(lines, rejects, result, found.tables)


def _way_to_write(tables: Sequence[Table], settings: Settings) -> Write:
    # Tables are joined into one file of lines afterwards, so only a file of one table can be staged by period.
    if len(tables) > 1:
        return write_lines
    lines, least = tables[0].lines, settings.by_period_from
    if least is not None and lines >= least:
        return write_by_period
    return write_few if lines <= FEW_LINES else write_lines


@dataclass(frozen=True)
class _Outcome:
    """What a pass over `table` by `plan` made: the lines at `path`, their number, and how many have which reason."""

    table: Table
    path: Path
    rows: int
    reasons: dict[str, int]
    plan: ReadPlan
    findings: PassFindings


def _outcomes(tables: Sequence[Table], folder: Path, settings: Settings) -> list[_Outcome]:
    """Pass over all `tables`; those of one layout and header together, unless that shows anything odd."""
    groups, write = groups_of(tables), _way_to_write(tables, settings)
    passes = [_together(group, folder / f"lines-{number}", settings, write) for number, group in enumerate(groups)]
    # Repeats are of single members, so that a group which may have some is read member by member too.
    if any(outcome.table.joined for one in passes for outcome in one) and likely_repeats(_members_of(passes)):
        passes = [
            _one_by_one(group, folder / f"again-{number}", settings, write) for number, group in enumerate(groups)
        ]
    outcomes = [outcome for one in passes for outcome in one]
    return outcomes if len(groups) == len(tables) else sorted(outcomes, key=_place_among(tables))


def _together(group: Sequence[Table], target: Path, settings: Settings, write: Write) -> list[_Outcome]:
    if len(group) == 1:
        return _one_by_one(group, target, settings, write)
    table = joined(group, target.with_suffix(".joined"))
    try:
        outcome = _normalised(table, target.with_suffix(".parquet"), settings, write_lines)
    except JobFailed:
        return _one_by_one(group, target, settings, write)
    plan = outcome.plan
    # What was decided by lines of several members may be another for each of them alone.
    odd = plan.totals_lines or plan.spans_lines or plan.path != table.text.path
    odd = odd or any(reason in outcome.reasons for reason in AMOUNT_REASONS)
    return _one_by_one(group, target, settings, write) if odd else [outcome]


def _one_by_one(group: Sequence[Table], target: Path, settings: Settings, write: Write) -> list[_Outcome]:
    paths = (target.with_name(f"{target.name}-{number}.parquet") for number in range(len(group)))
    return [_normalised(table, path, settings, write) for table, path in zip(group, paths, strict=True)]


def _members_of(passes: Sequence[Sequence[_Outcome]]) -> list[MemberLines]:
    return [member for one in passes for outcome in one for member in _members_in(outcome)]


def _members_in(outcome: _Outcome) -> list[MemberLines]:
    """The member that `outcome` is of, or each of those that were read together, with the plan for its own text."""
    if outcome.table.joined is None:
        return [MemberLines(outcome.table, outcome.plan, outcome.path)]
    plan = outcome.plan
    return [
        MemberLines(table, replace(plan, path=table.text.path), outcome.path) for table in outcome.table.joined.tables
    ]


def _place_among(tables: Sequence[Table]) -> Callable[[_Outcome], int]:
    """The order of outcomes: that of the first members in each."""
    places = {id(table): place for place, table in enumerate(tables)}

    def place(outcome: _Outcome) -> int:
        joined = outcome.table.joined
        return places[id(joined.tables[0] if joined else outcome.table)]

    return place


def _normalised(table: Table, target: Path, settings: Settings, write: Write) -> _Outcome:
    """Pass over `table` until the plan fits it; a well-formed file needs one pass."""
    layout = table.header.layout
    with of_layout(layout.name, version_of(layout)):
        return _passed(table, target, settings, write)


def _passed(table: Table, target: Path, settings: Settings, write: Write) -> _Outcome:
    plan = first_plan(table)
    for number in range(ROUNDS):
        # Each pass has a file of its own: Polars may still be writing to that of a pass that failed.
        try:
            outcome = _pass(table, plan, target.with_suffix(f".{number}.parquet"), settings, write)
        except pl.exceptions.ComputeError as error:
            if is_disk_full(error):
                raise
            better = _without_broken_quotes(table, plan, target.parent)
        else:
            better = _mended(table, plan, outcome)
            if better == plan and outcome.plan.totals is not None:
                return _with_currency(outcome)
            if better == plan:
                better = _with_totals_lines(table, plan, outcome)
                if not (better.totals_lines or better.carried_lines):
                    return _with_currency(outcome)
        if better == plan:
            break
        plan = better
    raise JobFailed(Cause.CORRUPT_FILE, "The file's lines cannot be told apart; its quotes or line breaks are damaged.")


def _with_currency(outcome: _Outcome) -> _Outcome:
    """`outcome`; raises `JobFailed` if not even the amounts name one currency where nothing else does."""
    table = outcome.table
    refuse_unclear(table, outcome.plan)
    if table.lines and table.metadata.currency is None and is_open(table) and not outcome.plan.symbols:
        refuse_without_currency(table)
    return outcome


def _pass(table: Table, plan: ReadPlan, target: Path, settings: Settings, write: Write) -> _Outcome:
    findings = PassFindings()
    write(normalised_lines(table, plan, _names(settings), findings), target)
    counts = scan_lines(target).group_by(REASON).len().collect(engine="streaming")
    reasons = {reason: count for reason, count in counts.iter_rows() if reason is not None}
    return _Outcome(table, target, int(counts["len"].sum()), reasons, plan, findings)


def _names(settings: Settings) -> Names:
    return Names(settings.stores, own_territories(settings.territories))


def _without_broken_quotes(table: Table, plan: ReadPlan, folder: Path) -> ReadPlan:
    # A pair of stray quotes is text, and costs no line.
    if (better := _with_stray_quotes_as_text(table, plan, folder)) != plan:
        return better
    # The second time, quotes that Polars still cannot read are looked for strictly.
    path, numbers = write_without_broken_quotes(table, plan.path, folder, strict="broken_quotes" in plan.bad_lines)
    write_over_header(path, table.header)
    return with_stop(table, replace(plan, path=path, bad_lines=_with_broken_lines(plan, numbers)))


def _with_stray_quotes_as_text(table: Table, plan: ReadPlan, folder: Path) -> ReadPlan:
    """`plan` for a copy in which no block of lines is part of one cell; unchanged if there is no such block."""
    mended = mend_stray_quotes(table, plan.path, folder)
    if mended is None:
        return plan
    bad_lines = _with_broken_lines(plan, mended.broken) if mended.broken else plan.bad_lines
    return with_stop(table, replace(plan, path=mended.path, bad_lines=bad_lines))


def _with_broken_lines(plan: ReadPlan, numbers: LineSet) -> dict[str, LineSet]:
    known = plan.bad_lines.get("broken_quotes")
    return {**plan.bad_lines, "broken_quotes": numbers if known is None else known | numbers}


def _without_repeats(outcomes: list[_Outcome], found: FoundTables) -> tuple[list[_Outcome], FoundTables]:
    """Leave out the members whose lines are all in another one, with a warning for each."""
    if any(outcome.table.joined for outcome in outcomes):
        return outcomes, found
    members = [MemberLines(outcome.table, outcome.plan, outcome.path) for outcome in outcomes]
    repeats = repeats_among(members)
    if not repeats:
        return outcomes, found
    left_out = {repeat.repeated for repeat in repeats}
    kept = [outcome for place, outcome in enumerate(outcomes) if place not in left_out]
    warnings = (*found.warnings, *(warning_of(repeat, members) for repeat in repeats))
    return kept, replace(found, tables=tuple(outcome.table for outcome in kept), warnings=warnings)


def _with_totals_lines(table: Table, plan: ReadPlan, outcome: _Outcome) -> ReadPlan:
    """`plan` with the lines that state totals and what they are compared with, and those of carried balances."""
    found = find_totals_lines(table, plan, outcome.path)
    return replace(plan, totals=found.checks, totals_lines=found.rows, carried_lines=found.balances)


def _mended(table: Table, plan: ReadPlan, outcome: _Outcome) -> ReadPlan:
    """`plan`, corrected by what the pass has shown; equal to it if nothing was wrong."""
    # Fewer rows than lines: some cell goes on over several lines, or stray quotes enclose lines that are none of it.
    if not plan.spans_lines and outcome.rows != table.lines * table.rows_of_line:
        if (better := _with_stray_quotes_as_text(table, plan, outcome.path.parent)) != plan:
            return better
        plan = replace(plan, spans_lines=True)
    if not _marks_hold(table, plan, outcome):
        plan = replace(plan, marks=marks_of_whole_columns(table, plan))
    if not readings_hold(table, plan.dates, outcome.findings.dates.numbers, outcome.findings.dates.foreign):
        plan = replace(plan, dates=dates_of_whole_columns(table, plan))
    plan = replace(plan, symbols=plan.symbols | outcome.findings.symbols)
    if "too_few_cells" not in plan.bad_lines and outcome.findings.open_ends:
        plan = replace(plan, bad_lines=_with_short_lines(table, plan))
    return plan


def _marks_hold(table: Table, plan: ReadPlan, outcome: _Outcome) -> bool:
    """Whether the decimal marks of `plan` hold for all lines, and not only for the first."""
    # An amount that cannot be read may be one with the other decimal mark.
    if any(reason in outcome.reasons for reason in AMOUNT_REASONS):
        return False
    return convention_of(table) != "auto" or marks_are_certain(table, plan, outcome.findings.open_marks)


def _with_short_lines(table: Table, plan: ReadPlan) -> dict[str, LineSet]:
    numbers = short_lines(table, plan.path)
    return {**plan.bad_lines, "too_few_cells": numbers} if numbers else plan.bad_lines


def _joined(paths: list[Path], target: Path) -> Path:
    if len(paths) == 1:
        return paths[0]
    write_lines(pl.scan_parquet(paths), target)
    return target


def _counted(tally: pl.DataFrame, found: FoundTables, opened: Opened, blank: CleaningResult) -> CleaningResult:
    """`blank` with what was found and the figures of `tally`."""
    layout = _main_layout(found.tables)
    return blank.model_copy(
        update={
            "layout": layout.name,
            "layout_version": version_of(layout),
            "sender": layout.sent_by,
            "container": opened.container,
            "encoding": ", ".join(dict.fromkeys(table.text.encoding for table in found.tables)),
            "warnings": _warnings(found),
            **figures_of(tally),
        }
    )


def _compared(result: CleaningResult, tally: pl.DataFrame, found: FoundTables, lines: Path) -> CleaningResult:
    """`result` with its checks."""
    stated = compare_totals(tally, (*totals_in_tables(found.tables, lines), *found.totals), lines)
    return result.model_copy(update={"checks": [*_checks(result), *found.checks, *stated]})


def _blank_lines(tables: Sequence[Table]) -> dict[str, int]:
    """The number of rows that the blank lines taken out of each member would have been."""
    return {table.member: table.blanks.count * table.rows_of_line for table in tables if table.blanks is not None}


def _main_layout(tables: Sequence[Table]) -> Layout:
    """The main layout of the sender of most lines, or else that of most lines of them: members may be of several."""
    senders: Counter[str] = Counter()
    for table in tables:
        senders[table.header.layout.sent_by] += table.lines
    sender = senders.most_common(1)[0][0]
    of_sender = [table for table in tables if table.header.layout.sent_by == sender]
    return max(of_sender, key=lambda table: (table.header.layout.name == sender, table.lines)).header.layout


def _warnings(found: FoundTables) -> list[str]:
    """At most `MOST_WARNINGS`, each once, and how many more there are."""
    texts = list(dict.fromkeys((*found.warnings, *(text for table in found.tables for text in table.text.warnings))))
    more = len(texts) - MOST_WARNINGS
    return texts if more <= 0 else [*texts[:MOST_WARNINGS], f"And {more} further warnings."]


def _checks(result: CleaningResult) -> list[Check]:
    """The control totals that cleaning can check alone: each line read is accounted for, and so is its net."""
    written = result.accepted + result.rejected + result.skipped
    net = add_up((result.net_accepted, result.net_rejected))
    return [
        check("rows read = accepted + rejected + skipped", result.rows_read, written),
        check("net read = net accepted + net rejected", result.net_read, net),
    ]


def _with_notices(result: CleaningResult, outcomes: list[_Outcome]) -> CleaningResult:
    """`result` with the warnings and checks of each table that need its final plan."""
    found = [notices(outcome.table, outcome.plan, outcome.path) for outcome in outcomes]
    rounded = rounded_codes([outcome.path for outcome in outcomes if outcome.findings.rounded])
    warnings = [text for texts in (*(texts for texts, _ in found), rounded) for text in texts]
    warnings = [text for text in warnings if text not in result.warnings]
    totals = [check for outcome in outcomes for check in outcome.plan.totals or ()]
    checks = [*totals, *_lines_check(outcomes), *(check for _, checks in found for check in checks)]
    new = {"warnings": [*result.warnings, *dict.fromkeys(warnings)], "checks": [*result.checks, *checks]}
    return result.model_copy(update=new)


def _lines_check(outcomes: list[_Outcome]) -> list[Check]:
    """The control total of lines: none of the file's lines was lost between two quotes. None if readers made them."""
    texts = [outcome for outcome in outcomes if outcome.table.parquet is None]
    if not texts:
        return []
    lines = sum(outcome.table.lines_of_file for outcome in texts)
    found = sum(_lines_accounted_for(outcome) for outcome in texts)
    return [check("lines of the file = lines up to the header + rows read + line breaks in cells", lines, found)]


def _lines_accounted_for(outcome: _Outcome) -> int:
    table, rows = outcome.table, outcome.rows // outcome.table.rows_of_line
    breaks = 0
    if rows != table.lines:
        counted = table.scan(outcome.plan.path).select(line_breaks(table).cast(pl.Int64).sum())
        breaks = int(counted.collect(engine="streaming").item())
    taken_out = table.blanks.count if table.blanks else 0
    return table.all_headers + rows + breaks + taken_out


def _rejects(lines: Path, outcomes: list[_Outcome], folder: Path, result: CleaningResult) -> Path | None:
    if not result.reasons:
        return None
    target = folder / "rejects.csv.gz"
    write_rejects(lines, [(each.table, each.plan) for each in _members_of([outcomes])], target)
    return target
