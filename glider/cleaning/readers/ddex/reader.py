"""DDEX digital sales reports as flat files: lines of typed records from HEAD to FOOT (Digital Sales Reporting Message
Suite, parts 1 and 8), of any profile; a report may come in several files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.readers.base import Made, Source, Writer, made_table
from glider.cleaning.readers.ddex.blocks import Piece, pieces
from glider.cleaning.readers.ddex.lines import NAMES, PAID, net_revenue_lines, paid_lines, use_lines
from glider.cleaning.readers.ddex.summaries import (
    fee_lines,
    final_totals,
    only_currency,
    summaries,
    summary_lines,
    with_context,
)
from glider.cleaning.readers.ddex.survey import KIND, Survey, survey
from glider.contract import Cause, Check
from glider.errors import JobFailed
from glider.layouts.layout import Layout

_FIRST: Final = ("HEAD\t", "SRHE\t", "#HEAD\t", "#SRHE\t")
_FROM_SUMMARIES: Final = (
    "The report's records of use carry no amounts: its lines are its summary records, and no track is told."
)


class DdexReader:
    """Reads what `ddex_dsr.toml` describes."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool:
        first = next((line for line in lines if line.strip()), "")
        return first.upper().startswith(_FIRST)

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> Made:
        surveys = sorted((survey(source) for source in sources), key=_order)
        warnings = _missing_files(surveys)
        seen: set[tuple[str, ...]] = set()
        parts = []
        for number, one in enumerate(surveys):
            first = _report(one) not in seen
            seen.add(_report(one))
            parts.append(_part(one, layout, folder / f"ddex-{number}.parquet", first_of_report=first))
        return Made(
            tables=tuple(table for made in parts for table in made.tables),
            warnings=tuple(dict.fromkeys((*warnings, *(text for made in parts for text in made.warnings)))),
            checks=tuple(check for made in parts for check in made.checks),
            totals=tuple(total for made in parts for total in made.totals),
        )


def _report(one: Survey) -> tuple[str, ...]:
    """What the files of one report have in common."""
    return tuple(one.head.get(name, "") for name in ("SenderPartyId", "MessageId"))


def _order(one: Survey) -> tuple[tuple[str, ...], int]:
    return _report(one), one.file_number


def _missing_files(surveys: Sequence[Survey]) -> list[str]:
    """Warnings about reports of which files are missing; raises for one that came twice."""
    told = []
    for report in dict.fromkeys(map(_report, surveys)):
        here = [one for one in surveys if _report(one) == report]
        numbers = [one.file_number for one in here]
        files = max(one.files for one in here)
        if len(set(numbers)) < len(numbers) and files > 1:
            raise JobFailed(Cause.CORRUPT_FILE, f"Two files say that they are the same part of one report of {files}.")
        if 1 < files != len(numbers):
            which = ", ".join(map(str, numbers))
            told.append(f"The DDEX report comes in {files} files, and only file {which} of them is here.")
    return told


def _part(one: Survey, layout: Layout, target: Path, *, first_of_report: bool) -> Made:
    known = summaries(one)
    paid, blocks = one.count(*PAID) > 0, 0
    own = paid or one.count("SU03") > 0
    with Writer(target, NAMES) as writer:
        head = _summaries_as_lines(known, own=own, first_of_report=first_of_report)
        writer.write(_completed(head, one, known))
        for piece in pieces(one.source.text.path, one.cells):
            blocks += piece.blocks
            for lines in _lines(piece, one, paid=paid):
                writer.write(_completed(with_context(lines, known), one, known))
    return Made(
        tables=(made_table(one.source, layout, NAMES, target),),
        warnings=() if own or not one.count("SU", "SR") else (_FROM_SUMMARIES,),
        checks=tuple(_foot_checks(one, blocks)),
        totals=tuple(final_totals(known, one.source.name)) if first_of_report and one.files == 1 else (),
    )


def _lines(piece: Piece, one: Survey, *, paid: bool) -> Iterable[pl.DataFrame]:
    if paid:
        return (paid_lines(piece),)
    return (net_revenue_lines(piece),) if one.count("SU03") else (use_lines(piece),)


def _summaries_as_lines(known: pl.DataFrame, *, own: bool, first_of_report: bool) -> pl.DataFrame:
    """Every file of a report repeats its summaries: those of the first are read."""
    lines = fee_lines(known) if own else summary_lines(known)
    if first_of_report:
        return lines
    return lines.with_columns(pl.lit("summary_line").alias("Skip"))


def _completed(lines: pl.DataFrame, one: Survey, known: pl.DataFrame) -> pl.DataFrame:
    """With what the head says of all lines."""
    head = one.head
    start, end = head.get("UsageStartDate", ""), head.get("UsageEndDate", "")
    given = [name if name in lines.columns else None for name in ("Period", "Period end")]
    return lines.with_columns(
        pl.col(KIND).alias("Record"),
        pl.format("{} {}", pl.lit(head.get("Profile", "")), pl.col("UseType").fill_null("")).alias("Use"),
        pl.col("CommercialModel").alias("Model"),
        _or(given[0], "Start", start).alias("Period"),
        _or(given[1], "End", end).alias("Period end"),
        pl.lit(end).alias("Statement"),
        _or(None, "DistributionChannel", head.get("SenderName", "")).alias("Store"),
        pl.coalesce("Currency", pl.lit(only_currency(known), dtype=pl.String)).alias("Currency"),
    )


def _or(own: str | None, of_summary: str, of_head: str) -> pl.Expr:
    names = [name for name in (own, of_summary) if name]
    return pl.coalesce(*(pl.when(pl.col(name) != "").then(pl.col(name)) for name in names), pl.lit(of_head))


def _foot_checks(one: Survey, blocks: int) -> list[Check]:
    """The counts of the last record; a report without one was cut off."""
    where = f" ({one.source.name})" if one.source.name else ""
    if one.foot_row is None:
        return [Check(name=f"records FOOT{where}", expected="1", found="0", tied=False)]
    lines = {"NumberOfLinesInFile": one.foot_row + 1, "NumberOfBlocksInFile": blocks}
    if one.files == 1:
        lines |= {"NumberOfLinesInReport": one.foot_row + 1, "NumberOfBlocksInReport": blocks}
    lines |= {"NumberOfSummaryRecords": one.count("SY")}
    stated = ((name, one.foot[name], count) for name, count in lines.items() if one.foot.get(name))
    return [_counted(f"FOOT {name}{where}", text, count) for name, text, count in stated]


def _counted(name: str, stated: str, found: int) -> Check:
    return Check(name=name, expected=stated[:40], found=str(found), tied=stated == str(found))
