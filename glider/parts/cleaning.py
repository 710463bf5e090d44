"""Cleaning in parts: what is known of the whole file before it is cut, one part, and the parts put together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.amounts import Evidence
from glider.cleaning.job import blank_result, publish, settings_for
from glider.cleaning.opening import Opened
from glider.cleaning.own_totals import OwnTotal, block, compare, footer, stated_above
from glider.cleaning.plan import Gathered, first_plan, gathered, settled
from glider.cleaning.reading import Table
from glider.cleaning.rejecting import header_of_rejects, write_rejects
from glider.cleaning.remarks import noticed, remarks, together
from glider.cleaning.run import Outcome, about, doubts_signs, figures, remarked, standardise
from glider.cleaning.tables import Found
from glider.cleaning.tallying import KEYS, ROWS, tallied
from glider.cleaning.text import Text
from glider.jobs import CleaningMessage, CleaningResult
from glider.parts import ledger
from glider.parts.cutting import Span, cut
from glider.parts.plans import CleaningPlan, LinesPart, SignsPart
from glider.schema import AMOUNT, REASON
from oas import keys
from oas.config import glider_config
from oas.storage import storage

TALLY: Final = {**dict.fromkeys((*KEYS, "net"), pl.String), ROWS: pl.Int64, "quantity": pl.Int64}  # as JSON
REJECTS: Final = "rejects.csv.gz"


# --- before the first part ---


def first_round(message: CleaningMessage, raw: Path, opened: Opened, found: Found, sha256: str) -> CleaningPlan | None:
    """None: the file is not one that can be cut, and is left to one worker."""
    table = found.tables[0]
    if opened.container != "text" or len(found.tables) > 1 or table.made is not None or table.text.path != raw:
        return None
    plan = first_plan(table)
    spans = cut(table, glider_config().part_bytes, plan.stop)
    if len(spans) < 2:
        return None
    return CleaningPlan(
        stage="signs" if table.header.layout.decimals == "auto" else "lines",
        message=message,
        blank=blank_result(message, sha256),
        about=about(found, opened),
        header=table.header,
        stated=table.stated,
        names=table.names,
        encoding=table.text.encoding,
        decomposed=table.text.decomposed,
        lines=table.text.lines,
        stops=plan.stop is not None,
        signs=plan.signs,
        spans=spans,
    )


# --- one part ---


def do_part(plan: CleaningPlan, part: int, folder: Path) -> LinesPart | SignsPart:
    """Its outputs are in S3 when it comes back. Raises `JobFailed`, StorageError."""
    table = _part_of_table(plan, part, folder)
    rules = replace(first_plan(table), signs=plan.signs, part=True)
    if plan.stage == "signs":
        return SignsPart(gathered=gathered(table, rules))
    try:
        outcome = standardise(table, folder / "lines.parquet", settings_for(plan.message), rules)
    except pl.exceptions.ComputeError:
        return LinesPart(unclear=True)
    return _lines_part(plan, part, table, outcome, folder)


def _lines_part(plan: CleaningPlan, part: int, table: Table, outcome: Outcome, folder: Path) -> LinesPart:
    storage().upload(outcome.path, cleaned_key(plan, plan.round, part))
    tally = tallied(outcome.path)
    rejects = tally[REASON].null_count() < tally.height
    if rejects:
        write_rejects(outcome.path, [(table, outcome.plan)], folder / REJECTS, header=False)
        storage().upload(folder / REJECTS, ledger.part_key(plan, plan.round, part, REJECTS))
    return LinesPart(
        rows=outcome.rows,
        stopped=outcome.plan.stop is not None,
        tally=json.loads(tally.with_columns(pl.exclude(ROWS, "quantity").cast(pl.String)).write_json()),
        footer=footer(table, outcome.path),
        block=block(table, outcome.path),
        noticed=noticed(table, outcome.plan),
        rejects=rejects,
    )


def _part_of_table(plan: CleaningPlan, part: int, folder: Path) -> Table:
    """The lines of the span below a line that stands for the header."""
    span, has_header = plan.spans[part], plan.header.line >= 0
    path = folder / "part"
    with path.open("wb") as file:
        if has_header:
            file.write(plan.header.delimiter.encode() * len(plan.header.cells) + b"\n")
        storage().read_range(plan.message.raw_key, file, span.start, span.end, etag=plan.message.raw_etag)
    text = Text(path, plan.encoding, span.lines + has_header, plan.decomposed)
    header = replace(plan.header, line=0 if has_header else -1)
    return replace(_table(plan, text), header=header, before=span.before - has_header)


def _table(plan: CleaningPlan, text: Text) -> Table:
    return Table(text, plan.header, names=plan.names, stated=plan.stated)


def lines_of(span: Span) -> str:
    return f"lines {span.before + 1} to {span.before + span.lines}"


def cleaned_key(plan: CleaningPlan, round: int, part: int) -> str:
    file = plan.message.file
    return keys.cleaned_part(plan.message.organisation, file.uuid, file.revision, plan.message.job, round, part)


# --- the parts of a round together ---


def next_round(plan: CleaningPlan) -> CleaningPlan | None:
    """The round that has to follow one that is complete, if any. Raises `ambiguous_decimals`."""
    if plan.stage == "lines":
        table = _whole_table(plan)
        doubt = any(doubts_signs(table, _reasons(part)) for part in ledger.parts_of(plan, plan.round, LinesPart))
        if plan.settled or not doubt:
            return None
        return plan.model_copy(update={"stage": "signs", "round": plan.round + 1, "lines_round": plan.round})
    signs = {name: settled(_whole_table(plan), name, cells) for name, cells in _gathered(plan).items()}
    if signs == plan.signs and plan.lines_round is not None:
        return None
    return plan.model_copy(update={"stage": "lines", "round": plan.round + 1, "signs": signs, "settled": True})


def _reasons(part: LinesPart) -> dict[str, int]:
    return {row[REASON]: row[ROWS] for row in part.tally if row[REASON] is not None}


def _gathered(plan: CleaningPlan) -> dict[str, Gathered]:
    parts = ledger.parts_of(plan, plan.round, SignsPart)
    return {name: _all_of([part.gathered[name] for part in parts]) for name in plan.signs}


def _all_of(cells: Sequence[Gathered]) -> Gathered:
    seen = Evidence(*(sum(getattr(one.seen, name) for one in cells) for name in ("point", "comma", "either")))
    examples = [one for one in cells if one.example is not None]
    first = next((one for one in examples if not one.clear), next(iter(examples), Gathered(seen)))
    return Gathered(seen, first.example, first.clear)


def together_in_one(plan: CleaningPlan) -> CleaningResult | None:
    """The result of the job from the parts of its last round of lines. None: they cannot be put together.

    Raises `JobFailed` when not one line could be taken.
    """
    lines_round = plan.round if plan.stage == "lines" else plan.lines_round or 0
    parts = ledger.parts_of(plan, lines_round, LinesPart)
    if any(part.unclear for part in parts) or [part.stopped for part in parts[:-1]].count(True):
        return None
    if parts[-1].stopped != plan.stops:
        return None
    result = _figures(plan, parts)
    result = result.model_copy(update=_keys(plan, lines_round, parts))
    publish(plan.message, result)
    return result


def _figures(plan: CleaningPlan, parts: Sequence[LinesPart]) -> CleaningResult:
    table = _whole_table(plan)
    tally = pl.concat([_tally(part) for part in parts])
    own = compare(tally, [*stated_above(table), *_last([part.footer for part in parts]), *parts[-1].block])
    result = figures(tally, plan.about, own, plan.blank)
    return remarked(result, [remarks(table, together([part.noticed for part in parts]))])


def _tally(part: LinesPart) -> pl.DataFrame:
    texts = pl.DataFrame(part.tally, schema=TALLY)
    months = [pl.col(name).str.to_date("%Y-%m-%d") for name in ("period", "statement_period")]
    return texts.with_columns(pl.col("net").cast(AMOUNT), *months)


def _last(found: Sequence[list[OwnTotal]]) -> list[OwnTotal]:
    """A total in the last line of its kind: that of the last part which has one."""
    return next((totals for totals in reversed(found) if totals), [])


def _keys(plan: CleaningPlan, lines_round: int, parts: Sequence[LinesPart]) -> dict[str, object]:
    return {
        "cleaned_key": plan.message.cleaned_key,
        "cleaned_parts": plan.total,
        "cleaned_round": lines_round,
        "rejects_key": _join_rejects(plan, lines_round, parts),
    }


def _join_rejects(plan: CleaningPlan, lines_round: int, parts: Sequence[LinesPart]) -> str | None:
    """Packed files one behind the other are one packed file."""
    found = [ledger.part_key(plan, lines_round, part, REJECTS) for part, one in enumerate(parts) if one.rejects]
    if not found:
        return None
    storage().join(header_of_rejects(), found, plan.message.rejects_key)
    return plan.message.rejects_key


def _whole_table(plan: CleaningPlan) -> Table:
    """For what is said about the table; there is nothing to read."""
    return _table(plan, Text(Path(), plan.encoding, plan.lines, plan.decomposed))
