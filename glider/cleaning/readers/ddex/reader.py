"""Reads DDEX digital sales reports of any profile as flat files (Digital Sales Reporting Message Suite, parts 1 and 8).

A file has lines of typed records from HEAD to FOOT; a report may come in several files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.readers.base import ReaderOutput, RowWriter, Source, lines_check, table_of_rows
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
    """The reader of `ddex_dsr.toml`."""

    def recognise(self, lines: Sequence[str], *, sheet: bool) -> bool:
        first = next((line for line in lines if line.strip()), "")
        return first.upper().startswith(_FIRST)

    def read(self, sources: Sequence[Source], layout: Layout, folder: Path) -> ReaderOutput:
        surveys = sorted((survey(source) for source in sources), key=_order)
        warnings = _missing_files(surveys)
        reports: set[tuple[str, ...]] = set()
        outputs = []
        for number, file in enumerate(surveys):
            first = _report(file) not in reports
            reports.add(_report(file))
            outputs.append(_read_file(file, layout, folder / f"ddex-{number}.parquet", first_of_report=first))
        return ReaderOutput(
            tables=tuple(table for output in outputs for table in output.tables),
            warnings=tuple(dict.fromkeys((*warnings, *(text for output in outputs for text in output.warnings)))),
            checks=tuple(check for output in outputs for check in output.checks),
            totals=tuple(total for output in outputs for total in output.totals),
        )


def _report(file: Survey) -> tuple[str, ...]:
    """What the files of one report have in common."""
    return tuple(file.head.get(name, "") for name in ("SenderPartyId", "MessageId"))


def _order(file: Survey) -> tuple[tuple[str, ...], int]:
    return _report(file), file.file_number


def _missing_files(surveys: Sequence[Survey]) -> list[str]:
    """Warnings about reports of which files are missing; raises `corrupt_file` if two files have one number."""
    warnings = []
    for report in dict.fromkeys(map(_report, surveys)):
        here = [file for file in surveys if _report(file) == report]
        numbers = [file.file_number for file in here]
        files = max(file.files for file in here)
        if len(set(numbers)) < len(numbers) and files > 1:
            raise JobFailed(Cause.CORRUPT_FILE, f"Two files say that they are the same part of one report of {files}.")
        if 1 < files != len(numbers):
            which = ", ".join(map(str, numbers))
            warnings.append(f"The DDEX report comes in {files} files, and only file {which} of them is here.")
    return warnings


def _read_file(file: Survey, layout: Layout, target: Path, *, first_of_report: bool) -> ReaderOutput:
    """Write the rows of one file to `target`; its summaries are lines only in the `first_of_report`."""
    known = summaries(file)
    paid, blocks, records = file.count(*PAID) > 0, 0, 0
    own = paid or file.count("SU03") > 0
    with RowWriter(target, NAMES) as writer:
        head = _summaries_as_lines(known, own=own, first_of_report=first_of_report)
        writer.write(_completed(head, file, known))
        for piece in pieces(file.source.text.path, file.cells):
            blocks += piece.blocks
            records += piece.records.height
            writer.write(_completed(with_context(_lines(piece, file, paid=paid), known), file, known))
    return ReaderOutput(
        tables=(table_of_rows(file.source, layout, NAMES, target),),
        warnings=() if own or not file.count("SU", "SR") else (_FROM_SUMMARIES,),
        # Records are lines and quotes are text in them: no line can be taken in by another.
        checks=(*_foot_checks(file, blocks), lines_check(file.source, above=0, rows=records, breaks=0)),
        totals=tuple(final_totals(known, file.source.name)) if first_of_report and file.files == 1 else (),
    )


def _lines(piece: Piece, file: Survey, *, paid: bool) -> pl.DataFrame:
    if paid:
        return paid_lines(piece)
    return net_revenue_lines(piece) if file.count("SU03") else use_lines(piece)


def _summaries_as_lines(known: pl.DataFrame, *, own: bool, first_of_report: bool) -> pl.DataFrame:
    """The summaries as lines. `own`: the sales have amounts of their own, so only fees are taken from summaries."""
    lines = fee_lines(known) if own else summary_lines(known)
    # Every file of a report repeats all of its summaries.
    if first_of_report:
        return lines
    return lines.with_columns(pl.lit("summary_line").alias("Skip"))


def _completed(lines: pl.DataFrame, file: Survey, known: pl.DataFrame) -> pl.DataFrame:
    """`lines` with what the head states for all of them."""
    head = file.head
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


def _foot_checks(file: Survey, blocks: int) -> list[Check]:
    """A check for each count that the last record states; a file without it was cut off, which is a failed check."""
    where = f" ({file.source.name})" if file.source.name else ""
    if file.foot_row is None:
        return [Check(name=f"records FOOT{where}", expected="1", found="0", tied=False)]
    counts = {"NumberOfLinesInFile": file.foot_row + 1, "NumberOfBlocksInFile": blocks}
    # The counts of a report in several files are not compared: files may be missing.
    if file.files == 1:
        counts |= {"NumberOfLinesInReport": file.foot_row + 1, "NumberOfBlocksInReport": blocks}
    counts |= {"NumberOfSummaryRecords": file.count("SY")}
    stated = ((name, file.foot[name], count) for name, count in counts.items() if file.foot.get(name))
    return [_counted(f"FOOT {name}{where}", text, count) for name, text, count in stated]


def _counted(name: str, stated: str, found: int) -> Check:
    return Check(name=name, expected=stated[:40], found=str(found), tied=stated == str(found))
