"""The cleaning module: open → detect → read → standardise → check. Files in, files and figures out; no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import FEW, scan_lines, write_by_period, write_few, write_lines
from glider.cleaning.input.containers import Limits, Opened, Unpacking
from glider.cleaning.recognition.csv_table import Table, short_lines, without_broken_quotes, write_over_header
from glider.cleaning.recognition.read_plan import Plan, are_evident, first_plan, settled_signs, with_stop
from glider.cleaning.recognition.stated_totals import compare, stated_by
from glider.cleaning.sale_lines.faults import Seen
from glider.cleaning.sale_lines.normalise import standard_lines
from glider.cleaning.sale_lines.notices import remarks
from glider.cleaning.sale_lines.rejects_csv import write_rejects
from glider.cleaning.sale_lines.tallies import counts, tallied
from glider.cleaning.tables import Found, Settings, find_tables
from glider.contract import Cause, Check, CleaningResult
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.registry import version_of
from glider.layouts.stores import shipped_stores
from glider.reason_codes import REASONS, check

__all__ = ["Cleaned", "Settings", "clean", "shipped_settings"]

MOST_WARNINGS: Final = 60
ROUNDS: Final = 6  # a plan is mended at most so often
AMOUNT_REASONS: Final = ("bad_net", "bad_gross", "bad_quantity")
Progress = Callable[[int, int], None]
Write = Callable[[pl.LazyFrame, Path], None]


@dataclass(frozen=True)
class Cleaned:
    """`lines`: every line with its reason (`glider.canonical.staged_lines`); `rejects`: the CSV, when any line has
    one."""

    lines: Path
    rejects: Path | None
    figures: CleaningResult
    tables: tuple[Table, ...] = ()


def clean(raw: Path, folder: Path, settings: Settings, blank: CleaningResult, progress: Progress) -> Cleaned:
    """Clean the file at `raw`, working in `folder`; raises `JobFailed` with the reason in words.

    `blank` carries the job's ids; `progress` is told percent and rows.
    """
    opened = Unpacking(folder, settings.limits, raw.stat().st_size).open(raw)
    found = find_tables(opened, folder, settings)
    tables, write = list(found.tables), _way_to_write(found, settings)
    progress(10, 0)
    outcomes = [
        _standardise(table, folder / f"lines-{number}.parquet", settings, write) for number, table in enumerate(tables)
    ]
    lines = _joined([outcome.path for outcome in outcomes], folder / "lines.parquet")
    progress(80, sum(outcome.rows for outcome in outcomes))
    result = _remarked(_figures(lines, found, opened, blank), outcomes)
    rejects = _rejects(lines, outcomes, folder, result)
    progress(95, result.rows_read)
    result = result.model_copy(update={"cleaned_by_period": lines.is_dir()})
    return Cleaned(lines, rejects, result, found.tables)


def _way_to_write(found: Found, settings: Settings) -> Write:
    if len(found.tables) > 1:
        return write_lines
    lines, least = found.tables[0].lines, settings.by_period_from
    if least is not None and lines >= least:
        return write_by_period
    return write_few if lines <= FEW else write_lines


@dataclass(frozen=True)
class _Outcome:
    table: Table
    path: Path
    rows: int
    reasons: dict[str, int]
    plan: Plan
    seen: Seen


def _standardise(table: Table, target: Path, settings: Settings, write: Write) -> _Outcome:
    """Passes over the table until the plan fits it; a well-formed file needs one."""
    plan = first_plan(table)
    for number in range(ROUNDS):
        try:  # each pass to a place of its own: one that was broken off may still be writing to its own
            outcome = _pass(table, plan, target.with_suffix(f".{number}.parquet"), settings, write)
        except pl.exceptions.ComputeError:
            better = _without_broken_quotes(table, plan, target.parent)
        else:
            better = _mended(table, plan, outcome)
            if better == plan:
                return outcome
        if better == plan:
            break
        plan = better
    raise JobFailed(Cause.CORRUPT_FILE, "The file's lines cannot be told apart; its quotes or line breaks are damaged.")


def _pass(table: Table, plan: Plan, target: Path, settings: Settings, write: Write) -> _Outcome:
    seen = Seen()
    write(standard_lines(table, plan, settings.stores, seen), target)
    counts = scan_lines(target).group_by(REASON).len().collect(engine="streaming")
    reasons = {reason: count for reason, count in counts.iter_rows() if reason is not None}
    return _Outcome(table, target, int(counts["len"].sum()), reasons, plan, seen)


def _without_broken_quotes(table: Table, plan: Plan, folder: Path) -> Plan:
    path, numbers = without_broken_quotes(table, folder, strict="broken_quotes" in plan.bad_lines)
    write_over_header(path, table.header)
    better = replace(plan, path=path, bad_lines={**plan.bad_lines, "broken_quotes": tuple(numbers)})
    return with_stop(table, better)


def _mended(table: Table, plan: Plan, outcome: _Outcome) -> Plan:
    """The plan, with what the pass showed to be wrong with it put right."""
    if not plan.spans_lines and outcome.rows != table.lines * (len(table.columns.kinds) or 1):
        plan = replace(plan, spans_lines=True)
    if not _evident(table, plan, outcome):
        plan = replace(plan, signs=settled_signs(table, plan))
    if "too_few_cells" not in plan.bad_lines and outcome.seen.open_ends:
        plan = replace(plan, bad_lines=_with_short_lines(table, plan))
    return plan


def _evident(table: Table, plan: Plan, outcome: _Outcome) -> bool:
    """Whether the plan's decimal signs hold for all lines, and not only for the first."""
    if any(reason in outcome.reasons for reason in AMOUNT_REASONS):
        return False
    return table.header.layout.decimals != "auto" or are_evident(table, plan, outcome.seen.open_signs)


def _with_short_lines(table: Table, plan: Plan) -> dict[str, tuple[int, ...]]:
    numbers = short_lines(table, plan.path)
    return {**plan.bad_lines, "too_few_cells": tuple(numbers)} if numbers else plan.bad_lines


def _joined(paths: list[Path], target: Path) -> Path:
    if len(paths) == 1:
        return paths[0]
    write_lines(pl.scan_parquet(paths), target)
    return target


def _figures(lines: Path, found: Found, opened: Opened, blank: CleaningResult) -> CleaningResult:
    """Raises `JobFailed` when not one line could be taken."""
    layout, tally = _main_layout(found.tables), tallied(lines)
    result = blank.model_copy(
        update={
            "layout": layout.name,
            "layout_version": version_of(layout),
            "container": opened.container,
            "encoding": ", ".join(dict.fromkeys(table.text.encoding for table in found.tables)),
            "warnings": _warnings(found),
            **counts(tally),
        }
    )
    _refuse_nothing(result, layout)
    own = compare(tally, (*stated_by(found.tables, lines), *found.totals), lines)
    return result.model_copy(update={"checks": [*_checks(result), *found.checks, *own]})


def _main_layout(tables: Sequence[Table]) -> Layout:
    """That of most lines; a file may hold parts of several."""
    lines: Counter[str] = Counter()
    for table in tables:
        lines[table.header.layout.name] += table.lines
    name = lines.most_common(1)[0][0]
    return next(table.header.layout for table in tables if table.header.layout.name == name)


def _warnings(found: Found) -> list[str]:
    told = list(dict.fromkeys((*found.warnings, *(text for table in found.tables for text in table.text.warnings))))
    more = len(told) - MOST_WARNINGS
    return told if more <= 0 else [*told[:MOST_WARNINGS], f"And {more} further warnings."]


def _refuse_nothing(result: CleaningResult, layout: Layout) -> None:
    if result.accepted or (layout.file.empty_ok and not result.rejected):
        return
    if not result.rejected:
        raise JobFailed(Cause.NO_ROWS, "The file has a header and no sales below it.")
    told = ", ".join(f"{reason} ({count})" for reason, count in result.reasons.items() if not REASONS[reason].skips)
    raise JobFailed(Cause.NO_VALID_ROWS, f"Not one line could be taken. Reasons: {told}.")


def _checks(result: CleaningResult) -> list[Check]:
    """The identities that cleaning can check alone: every line that was read is accounted for, and so is its net."""
    written = result.accepted + result.rejected + result.skipped
    return [
        check("rows read = accepted + rejected + skipped", result.rows_read, written),
        check("net read = net accepted + net rejected", result.net_read, result.net_accepted + result.net_rejected),
    ]


def _remarked(result: CleaningResult, outcomes: list[_Outcome]) -> CleaningResult:
    """The result with what there is to say about each table: warnings, and checks."""
    said = [remarks(outcome.table, outcome.plan) for outcome in outcomes]
    warnings = [text for texts, _ in said for text in texts if text not in result.warnings]
    checks = [held for _, held_here in said for held in held_here]
    new = {"warnings": [*result.warnings, *dict.fromkeys(warnings)], "checks": [*result.checks, *checks]}
    return result.model_copy(update=new)


def _rejects(lines: Path, outcomes: list[_Outcome], folder: Path, result: CleaningResult) -> Path | None:
    if not result.reasons:
        return None
    target = folder / "rejects.csv.gz"
    write_rejects(lines, [(outcome.table, outcome.plan) for outcome in outcomes], target)
    return target


def shipped_settings(layouts: Iterable[Layout], limits: Limits, longest_line: int, most_columns: int) -> Settings:
    return Settings(tuple(layouts), limits, longest_line, most_columns, shipped_stores())
