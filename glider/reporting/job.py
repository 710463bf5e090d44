"""The report job: select → match → group → write, and the report's snapshot. Idempotent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
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
from glider.reporting.select import LiveObject, Month, fetch_months, select
from glider.reporting.table import Table, TableBuilder, too_large
from glider.reporting.write import Writer
from oas.kernel.amounts import add_up, exact, format_amount
from oas.kernel.documents import BYTES_PER_DOCUMENT, ROWS_PER_DOCUMENT, Document, documents, report_rows_id
from oas.kernel.storage import ObjectAbsent, storage
from oas.kernel.totals import overflow_as

log = structlog.get_logger(__name__)
TRIES: Final = 3  # of reading sales, when they are replaced or deleted meanwhile
AT_A_TIME: Final = 2  # slices of a month that are grouped at the same time
LONGEST_KEY: Final = 600  # letters of the key of an alias
MOST_GROUPS: Final = 10_000  # stored for people to work through, those that earned most first


def run_report(message: ReportMessage, folder: Path, beat: Heartbeat) -> ReportResult:
    """Run the report job of `message`, working in `folder`. Raises JobFailed, also when the numbers do not tie."""
    beat.progress(1, 0)
    catalogue = _catalogue(message, folder)
    with overflow_as(too_large()):
        objects, builder = _read(message, catalogue, folder, beat)
    table = builder.table()
    result = _result(message, objects, builder, table)
    _refuse_if_not_tied(result.checks)
    beat.progress(80, result.everything.rows)
    writer = Writer(table, message.kind, message.currency, about_report(message, result))
    files = writer.files(folder, message.format, builder.height)
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


def _read(
    message: ReportMessage, catalogue: Catalogue, folder: Path, beat: Heartbeat
) -> tuple[list[LiveObject], TableBuilder]:
    """Read and group all sales as they are at one moment. Raises JobFailed when they change in each of `TRIES`."""
    for n in range(TRIES):
        attempt = folder / str(n)
        attempt.mkdir()
        objects = _select(message)
        builder = _build(message, objects, catalogue, attempt, beat)
        # The same objects before and after: no sales were activated or purged in between.
        if builder is not None and _select(message) == objects:
            return objects, builder
        log.warning("sales_changed", attempt=n + 1)
    text = "Sales files of these periods were being imported or deleted all the while. Ask for the report again later."
    raise JobFailed(Cause.SALES_CHANGING, text)


def _select(message: ReportMessage) -> list[LiveObject]:
    return select(message.organisation, message.period_from, message.period_to, message.without)


def _build(
    message: ReportMessage, objects: list[LiveObject], catalogue: Catalogue, folder: Path, beat: Heartbeat
) -> TableBuilder | None:
    """Group the sales of `objects`; None when one of them was gone before it could be fetched."""
    builder = TableBuilder(folder, catalogue, message.kind)
    whole = sum(each.rows for each in objects)
    try:
        for period, grouped in _grouped(objects, folder, catalogue, message.kind):
            builder.add(period, grouped)
            beat.progress(5 + 70 * builder.read // max(1, whole), builder.read)
    except ObjectAbsent:
        return None
    return builder


def _grouped(
    objects: list[LiveObject], folder: Path, catalogue: Catalogue, kind: ReportKind
) -> Iterator[tuple[str, Grouped]]:
    """Group the sales of `objects` slice by slice, in the order of the report; yields the period of each slice too."""
    # Two at a time: while one slice is in a step that uses a single core, the other uses the rest.
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        pending: deque[tuple[Month, Future[Grouped], bool]] = deque()
        for month in fetch_months(objects, folder):
            todo = list(slices(month, catalogue, kind))
            for n, work in enumerate(todo, start=1):
                if len(pending) == AT_A_TIME:
                    yield _done(*pending.popleft())
                pending.append((month, pool.submit(work), n == len(todo)))
        while pending:
            yield _done(*pending.popleft())


def _done(month: Month, work: Future[Grouped], is_last: bool) -> tuple[str, Grouped]:
    grouped = work.result()
    if is_last:
        month.remove()
    return month.period, grouped


# --- control totals ---


def _result(message: ReportMessage, objects: list[LiveObject], builder: TableBuilder, table: Table) -> ReportResult:
    matched, unmatched, everything = (builder.totals(name) for name in ("matched", "unmatched", "everything"))
    own = matched if message.kind is ReportKind.MONTHLY else unmatched
    groups = table.groups
    return ReportResult(
        job=message.job,
        lines=builder.height,
        output_key=message.output_key,
        files=len({each.uuid for each in objects}),
        matched=matched,
        unmatched=unmatched,
        everything=everything,
        groups=0 if groups is None else groups.height,
        suggested=0 if groups is None else groups.height - groups["suggestion"].null_count(),
        checks=[
            *_import_checks(objects, everything),
            *_match_checks(matched, unmatched, everything),
            *_line_checks(table, own),
        ],
    )


def _import_checks(objects: list[LiveObject], everything: SalesTotals) -> list[Check]:
    """What was read is what the importer had stored."""
    revenue = add_up(each.revenue for each in objects)
    return [
        check("sale lines read = sale lines imported", sum(each.rows for each in objects), everything.rows),
        check("quantity read = quantity imported", sum(each.quantity for each in objects), everything.quantity),
        check("revenue read = revenue imported", revenue, everything.revenue),
    ]


def _match_checks(matched: SalesTotals, unmatched: SalesTotals, everything: SalesTotals) -> list[Check]:
    """Every sale line was either matched or not."""
    with exact():
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


def _line_checks(table: Table, own: SalesTotals) -> list[Check]:
    """The lines of the report add up to its own totals."""
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


# --- header and snapshot ---


def about_report(message: ReportMessage, result: ReportResult) -> dict[str, str]:
    """The header of a report, name → text, with the totals of this report, of its counterpart, and of both together."""
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
    """Store the groups of the report, then its snapshot."""
    # In this order, so that a reader who finds the snapshot finds its rows too.
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
    # Gross and net of a group are sums across currencies, which are no amounts to be shown; revenue is in one.
    shown = groups.head(MOST_GROUPS).with_columns(pl.col("revenue").cast(pl.String))
    kept = shown.drop("gross", "net", "stated", "suggestion").with_columns(pl.col("score").cast(pl.Int64))
    for n, chunk in enumerate(map(_fitting, kept.iter_slices(ROWS_PER_DOCUMENT))):
        yield {
            "_id": report_rows_id(message.report, n),
            "organisation": message.organisation,
            "report": message.report,
            "n": n,
            "rows": [{name: value for name, value in row.items() if value is not None} for row in chunk.to_dicts()],
        }


def _fitting(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with texts so short that they fit into a document: rows are found by their number, so none may move."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    if rows.select(pl.sum_horizontal(pl.col(texts).str.len_bytes().sum())).item() <= BYTES_PER_DOCUMENT:
        return rows
    letters = BYTES_PER_DOCUMENT // (4 * rows.height * len(texts))
    shown = pl.col([name for name in texts if name != "key"]).str.head(letters)
    # No alias has a key as long as this, so that one which is cut here is taken for no other.
    return rows.with_columns(shown, pl.col("key").str.head(LONGEST_KEY + 1))
