"""The cleaning module: open → detect → read → standardise → check. Files in, files and figures out; no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.computing import kinds_of
from glider.cleaning.opening import Limits, Opened, Unpacking
from glider.cleaning.own_totals import compare, stated_by
from glider.cleaning.plan import Plan, first_plan, settled_signs, with_stop
from glider.cleaning.reading import Table, short_lines, without_broken_quotes, write_over_header
from glider.cleaning.rejecting import write_rejects
from glider.cleaning.remarks import remarks
from glider.cleaning.standardising import standard_lines
from glider.cleaning.tables import Found, Settings, find_tables
from glider.errors import JobFailed
from glider.formats.layout import Layout
from glider.formats.registry import version_of
from glider.formats.stores import shipped_stores
from glider.jobs import Cause, Check, CleaningResult
from glider.reasons import REASONS, SKIPPING, check
from glider.schema import REASON

__all__ = ["Cleaned", "Settings", "clean", "shipped_settings"]

MOST_WARNINGS: Final = 60
ROUNDS: Final = 6  # a plan is mended at most so often
AMOUNT_REASONS: Final = ("bad_net", "bad_gross", "bad_quantity")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cleaned:
    """`lines`: Parquet of every line with its reason; `rejects`: the CSV, when any line has one."""

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
    tables = list(found.tables)
    progress(10, 0)
    outcomes = [
        _standardise(table, folder / f"lines-{number}.parquet", settings) for number, table in enumerate(tables)
    ]
    lines = _joined([outcome.path for outcome in outcomes], folder / "lines.parquet")
    progress(80, sum(outcome.rows for outcome in outcomes))
    figures = _remarked(_figures(lines, found, opened, blank), tables, outcomes)
    rejects = _rejects(lines, tables, outcomes, folder, figures)
    progress(95, figures.rows_read)
    return Cleaned(lines, rejects, figures, found.tables)


@dataclass(frozen=True)
class _Outcome:
    path: Path
    rows: int
    reasons: dict[str, int]
    plan: Plan


def _standardise(table: Table, target: Path, settings: Settings) -> _Outcome:
    """Passes over the table until the plan fits it; a well-formed file needs one."""
    plan = first_plan(table)
    for number in range(ROUNDS):
        try:  # each pass to a place of its own: one that was broken off may still be writing to its own
            outcome = _pass(table, plan, target.with_suffix(f".{number}.parquet"), settings)
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


def _pass(table: Table, plan: Plan, target: Path, settings: Settings) -> _Outcome:
    lines = standard_lines(table, plan, settings.stores)
    lines.sink_parquet(target, compression="lz4", engine="streaming", row_group_size=250_000)
    counts = pl.scan_parquet(target).group_by(REASON).len().collect(engine="streaming")
    reasons = {reason: count for reason, count in counts.iter_rows() if reason is not None}
    return _Outcome(target, int(counts["len"].sum()), reasons, plan)


def _without_broken_quotes(table: Table, plan: Plan, folder: Path) -> Plan:
    path, numbers = without_broken_quotes(table, folder, strict="broken_quotes" in plan.bad_lines)
    write_over_header(path, table.header)
    better = replace(plan, path=path, bad_lines={**plan.bad_lines, "broken_quotes": tuple(numbers)})
    return with_stop(table, better)


def _mended(table: Table, plan: Plan, outcome: _Outcome) -> Plan:
    """The plan, with what the pass showed to be wrong with it put right."""
    if not plan.spans_lines and outcome.rows != table.lines * (len(kinds_of(table)) or 1):
        plan = replace(plan, spans_lines=True)
    if any(reason in outcome.reasons for reason in AMOUNT_REASONS) or table.header.layout.decimals == "auto":
        plan = replace(plan, signs=settled_signs(table, plan))
    if "too_few_cells" not in plan.bad_lines:
        plan = replace(plan, bad_lines=_with_short_lines(table, plan))
    return plan


def _with_short_lines(table: Table, plan: Plan) -> dict[str, tuple[int, ...]]:
    numbers = short_lines(table, plan.path)
    return {**plan.bad_lines, "too_few_cells": tuple(numbers)} if numbers else plan.bad_lines


def _joined(paths: list[Path], target: Path) -> Path:
    if len(paths) == 1:
        return paths[0]
    pl.scan_parquet(paths).sink_parquet(target, compression="lz4", engine="streaming")
    return target


def _figures(lines: Path, found: Found, opened: Opened, blank: CleaningResult) -> CleaningResult:
    by_reason = _by_reason(lines)
    read = sum(count for count, _ in by_reason.values())
    skipped = sum(count for reason, (count, _) in by_reason.items() if reason in SKIPPING)
    accepted, net = by_reason.pop(None, (0, Decimal(0)))
    rejected_net = sum((net for reason, (_, net) in by_reason.items() if reason not in SKIPPING), Decimal(0))
    layout = _main_layout(found.tables)
    result = blank.model_copy(
        update={
            "layout": layout.name,
            "layout_version": version_of(layout),
            "container": opened.container,
            "encoding": ", ".join(dict.fromkeys(table.text.encoding for table in found.tables)),
            "rows_read": read,
            "accepted": accepted,
            "skipped": skipped,
            "rejected": read - accepted - skipped,
            "reasons": {str(reason): count for reason, (count, _) in sorted(by_reason.items(), key=str)},
            "net_read": _net_read(lines),
            "net_accepted": net,
            "net_rejected": rejected_net,
            "warnings": _warnings(found),
            **_spans(lines),
        }
    )
    _refuse_nothing(result, layout)
    own = compare(lines, (*stated_by(found.tables, lines), *found.totals))
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


def _by_reason(lines: Path) -> dict[str | None, tuple[int, Decimal]]:
    groups = pl.scan_parquet(lines).group_by(REASON).agg(pl.len(), pl.col("net").sum()).collect(engine="streaming")
    return {reason: (count, net or Decimal(0)) for reason, count, net in groups.iter_rows()}


def _spans(lines: Path) -> dict[str, object]:
    accepted = pl.scan_parquet(lines).filter(pl.col(REASON).is_null())
    months = [
        pl.col(name).dt.strftime("%Y-%m").unique().drop_nulls().sort().implode()
        for name in ("period", "statement_period")
    ]
    found = accepted.select(months).collect(engine="streaming")
    currencies = accepted.group_by("currency").agg(pl.col("net").sum()).sort("currency").collect(engine="streaming")
    return {
        "periods": found["period"][0].to_list(),
        "statement_periods": found["statement_period"][0].to_list(),
        "net_by_currency": dict(currencies.iter_rows()),
    }


def _refuse_nothing(result: CleaningResult, layout: Layout) -> None:
    if result.accepted or (layout.file.empty_ok and not result.rejected):
        return
    if not result.rejected:
        raise JobFailed(Cause.NO_ROWS, "The file has a header and no sales below it.")
    told = ", ".join(f"{reason} ({count})" for reason, count in result.reasons.items() if not REASONS[reason].skips)
    raise JobFailed(Cause.NO_VALID_ROWS, f"Not one line could be taken. Reasons: {told}.")


def _net_read(lines: Path) -> Decimal:
    """Everything in the net column that could be read, lines that are no sales left out."""
    skipped = pl.col(REASON).is_in(SKIPPING).fill_null(False)
    total = pl.scan_parquet(lines).select(pl.col("net").filter(~skipped).sum())
    return total.collect(engine="streaming").item() or Decimal(0)


def _checks(result: CleaningResult) -> list[Check]:
    """The identities that cleaning can show by itself (design.md, "Numbers that tie")."""
    written = result.accepted + result.rejected + result.skipped
    return [
        check("rows read = accepted + rejected + skipped", result.rows_read, written),
        check("net read = net accepted + net rejected", result.net_read, result.net_accepted + result.net_rejected),
    ]


def _remarked(figures: CleaningResult, tables: list[Table], outcomes: list[_Outcome]) -> CleaningResult:
    said = [remarks(table, outcome.plan) for table, outcome in zip(tables, outcomes, strict=True)]
    warnings = [text for texts, _ in said for text in texts if text not in figures.warnings]
    checks = [held for _, held_here in said for held in held_here]
    new = {"warnings": [*figures.warnings, *dict.fromkeys(warnings)], "checks": [*figures.checks, *checks]}
    return figures.model_copy(update=new)


def _rejects(
    lines: Path, tables: list[Table], outcomes: list[_Outcome], folder: Path, figures: CleaningResult
) -> Path | None:
    if not figures.reasons:
        return None
    target = folder / "rejects.csv.gz"
    write_rejects(lines, [(table, outcome.plan) for table, outcome in zip(tables, outcomes, strict=True)], target)
    return target


def shipped_settings(layouts: Iterable[Layout], limits: Limits, longest_line: int, most_columns: int) -> Settings:
    return Settings(tuple(layouts), limits, longest_line, most_columns, shipped_stores())
