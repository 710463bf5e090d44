"""The report job: select → match → group → write, and the report's snapshot."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Final

import polars as pl
import structlog

from glider.checks import check, not_tied
from glider.contract import Cause, Check, ReportKind, ReportMessage, ReportResult, SalesTotals
from glider.errors import JobFailed
from glider.heartbeat import Heartbeat
from glider.reporting.catalogue import Catalogue, read_catalogue
from glider.reporting.group import Grouped, slices
from glider.reporting.select import Month, Part, fetched, select
from glider.reporting.table import Growing, Table
from glider.reporting.write import Writer
from oas.kernel.amounts import format_amount
from oas.kernel.documents import ROWS_PER_DOCUMENT, Document, documents, report_rows_id
from oas.kernel.storage import ObjectAbsent, storage

log = structlog.get_logger(__name__)
TRIES: Final = 3  # when sales are replaced or deleted while they are read
AT_A_TIME: Final = 2  # slices of a month
MOST_GROUPS: Final = 10_000  # kept for people to work through, those that earned most first
_EXACT: Final = Context(prec=100)


def run_report(message: ReportMessage, folder: Path, beat: Heartbeat) -> ReportResult:
    """Raises `JobFailed`."""
    beat.progress(1, 0)
    catalogue = _catalogue(message, folder)
    parts, growing = _read(message, catalogue, folder, beat)
    table = growing.finished()
    result = _result(message, parts, growing, table)
    _refuse_if_not_tied(result.checks)
    beat.progress(80, result.everything.rows)
    writer = Writer(table, message.kind, message.currency, about_report(message, result))
    files = writer.files(folder, message.format, growing.height)
    result = result.model_copy(update={"size": storage().upload_joined(files, message.output_key)})
    beat.progress(95, result.everything.rows)
    _publish(message, result, table)
    beat.progress(100, result.everything.rows)
    return result


def _catalogue(message: ReportMessage, folder: Path) -> Catalogue:
    rows, aliases = folder / "catalogue.parquet", folder / "aliases.parquet"
    try:
        storage().fetch(message.catalogue_key, rows)
        storage().fetch(message.aliases_key, aliases)
    except ObjectAbsent:
        text = "The copy of the catalogue that the report was to use is gone. Ask for the report again."
        raise JobFailed(Cause.OBJECT_ABSENT, text) from None
    return read_catalogue(rows, aliases)


def _read(message: ReportMessage, catalogue: Catalogue, folder: Path, beat: Heartbeat) -> tuple[list[Part], Growing]:
    """All sales as they are at one moment: read again when they were not the same before and after."""
    for n in range(TRIES):
        attempt = folder / str(n)
        attempt.mkdir()
        parts = _selected(message)
        growing = _grown(message, parts, catalogue, attempt, beat)
        if growing is not None and _selected(message) == parts:
            return parts, growing
        log.warning("sales_changed", attempt=n + 1)
    text = "Sales files of these periods were being imported or deleted all the while. Ask for the report again later."
    raise JobFailed(Cause.SALES_CHANGING, text)


def _selected(message: ReportMessage) -> list[Part]:
    return select(message.organisation, message.period_from, message.period_to, message.without)


def _grown(
    message: ReportMessage, parts: list[Part], catalogue: Catalogue, folder: Path, beat: Heartbeat
) -> Growing | None:
    """None when a part was gone before it could be fetched."""
    growing = Growing(folder, catalogue, message.kind)
    whole = sum(part.rows for part in parts)
    try:
        for period, piece in _pieces(parts, folder, catalogue, message.kind):
            growing.add(period, piece)
            beat.progress(5 + 70 * growing.read // max(1, whole), growing.read)
    except ObjectAbsent:
        return None
    return growing


def _pieces(parts: list[Part], folder: Path, catalogue: Catalogue, kind: ReportKind) -> Iterator[tuple[str, Grouped]]:
    """In order, two at a time: what one does on a single core leaves the others to its neighbour."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        pending: deque[tuple[Month, Future[Grouped], bool]] = deque()
        for month in fetched(parts, folder):
            todo = list(slices(month, catalogue, kind))
            for n, work in enumerate(todo, start=1):
                if len(pending) == AT_A_TIME:
                    yield _done(*pending.popleft())
                pending.append((month, pool.submit(work), n == len(todo)))
        while pending:
            yield _done(*pending.popleft())


def _done(month: Month, work: Future[Grouped], is_last: bool) -> tuple[str, Grouped]:
    piece = work.result()
    if is_last:
        month.remove()
    return month.period, piece


# --- the numbers that tie ---


def _result(message: ReportMessage, parts: list[Part], growing: Growing, table: Table) -> ReportResult:
    matched, unmatched, everything = (growing.totals(name) for name in ("matched", "unmatched", "everything"))
    own = matched if message.kind is ReportKind.MONTHLY else unmatched
    groups = table.groups
    return ReportResult(
        job=message.job,
        lines=growing.height,
        output_key=message.output_key,
        files=len({part.uuid for part in parts}),
        matched=matched,
        unmatched=unmatched,
        everything=everything,
        groups=0 if groups is None else groups.height,
        suggested=0 if groups is None else groups.height - groups["suggestion"].null_count(),
        checks=[*_of_parts(parts, everything), *_of_halves(matched, unmatched, everything), *_of_lines(table, own)],
    )


def _of_parts(parts: list[Part], everything: SalesTotals) -> list[Check]:
    with localcontext(_EXACT):
        revenue = sum((part.revenue for part in parts), Decimal(0))
    return [
        check("sale lines read = sale lines imported", sum(part.rows for part in parts), everything.rows),
        check("quantity read = quantity imported", sum(part.quantity for part in parts), everything.quantity),
        check("revenue read = revenue imported", revenue, everything.revenue),
    ]


def _of_halves(matched: SalesTotals, unmatched: SalesTotals, everything: SalesTotals) -> list[Check]:
    with localcontext(_EXACT):
        revenue = matched.revenue + unmatched.revenue
        net = [
            check(
                f"matched + unmatched net = net sold ({currency})",
                amount,
                matched.net.get(currency, Decimal(0)) + unmatched.net.get(currency, Decimal(0)),
            )
            for currency, amount in everything.net.items()
        ]
    return [
        check("matched + unmatched lines = lines sold", everything.rows, matched.rows + unmatched.rows),
        check("matched + unmatched revenue = revenue sold", everything.revenue, revenue),
        *net,
    ]


def _of_lines(table: Table, own: SalesTotals) -> list[Check]:
    found = table.lines.select(pl.col("rows", "quantity", "revenue").sum()).collect(engine="streaming")
    rows, quantity, revenue = found.row(0)
    return [
        check("sale lines behind the report", own.rows, rows),
        check("quantity of the report", own.quantity, quantity),
        check("revenue of the report", own.revenue, revenue),
    ]


def _refuse_if_not_tied(checks: list[Check]) -> None:
    broken = [f"{check.name}: expected {check.expected}, found {check.found}" for check in not_tied(checks)]
    if broken:
        text = f"The report was not made, as its numbers do not tie. {'; '.join(broken)}."
        raise JobFailed(Cause.CONTROL_TOTALS, text)


# --- what it says of itself ---


def about_report(message: ReportMessage, result: ReportResult) -> dict[str, str]:
    """The header: this report's share, the other one's, and both together, which is everything sold."""
    both = {"in the catalogue": result.matched, "not in the catalogue": result.unmatched, "sold": result.everything}
    totals = {
        f"{label}, {name}": format_amount(value)
        for label, sums in both.items()
        for name, value in (("sale lines", sums.rows), (f"revenue in {message.currency}", sums.revenue))
    }
    return {
        "report": f"{message.kind.value} {message.report}",
        "periods": f"{message.period_from} to {message.period_to}",
        "catalogue version": message.catalogue_version,
        "sales files": str(result.files),
        "lines": str(result.lines),
        **totals,
        "amounts": "Gross and net are in the currency of their line; columns that end in _exact hold every digit.",
    }


def _publish(message: ReportMessage, result: ReportResult, table: Table) -> None:
    """The rows first: whoever finds the header finds them too."""
    store = documents()
    store.delete("report_rows", {"report": message.report})
    if table.groups is not None:
        store.write("report_rows", list(_row_documents(message, table.groups)))
    store.replace("report_snapshots", _snapshot(message, result))


def _snapshot(message: ReportMessage, result: ReportResult) -> Document:
    asked = {"kind", "period_from", "period_to", "format", "currency", "catalogue_version", "output_key"}
    found = {"lines", "size", "files", "matched", "unmatched", "everything", "groups", "suggested", "checks"}
    return {
        "_id": message.report,
        "organisation": message.organisation,
        "job": str(message.job),
        "made_at": datetime.now(tz=UTC),
        "groups_kept": min(result.groups, MOST_GROUPS),
        **message.model_dump(mode="json", include=asked),
        **result.model_dump(mode="json", include=found),
    }


def _row_documents(message: ReportMessage, groups: pl.DataFrame) -> Iterator[Document]:
    shown = groups.head(MOST_GROUPS).with_columns(pl.col("gross", "net", "revenue").cast(pl.String))
    kept = shown.drop("stated", "suggestion").with_columns(pl.col("score").cast(pl.Int64))
    for n, chunk in enumerate(kept.iter_slices(ROWS_PER_DOCUMENT)):
        yield {
            "_id": report_rows_id(message.report, n),
            "organisation": message.organisation,
            "report": message.report,
            "n": n,
            "rows": [{name: value for name, value in row.items() if value is not None} for row in chunk.to_dicts()],
        }
