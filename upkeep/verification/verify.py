"""Verification: add all sale lines up again from the live Parquet, and compare with every stored total.

Compared are the totals on the rows of sales files, their snapshots, the documents of their sales, and the totals over
all files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from accounts.models import Organisation
from glider.contract import ImporterResult, Module
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.kernel.amounts import add_up
from oas.kernel.documents import Document, documents, rows_of, snapshot_id
from oas.kernel.storage import ObjectAbsent
from oas.kernel.totals import DIMENSIONS, SUMS, one_table, over_periods
from salesfiles.models import SalesFile
from totals.difference import Difference, text_of
from totals.models import CountedFile, SummaryScope
from totals.services.contributions import reporting_of, stored_totals, tables_of_objects
from upkeep.verification.recompute import Expectation

ATTEMPTS = 3


class KeptChanging(Exception):
    """Files were finalised or deleted during every attempt, so the totals over all files could not be compared."""


@dataclass(frozen=True)
class Verified:
    """How many sales files were verified, and the differences that were found."""

    files: int
    differences: list[Difference]


def live_files(organisation: Organisation) -> Any:
    """Return the sales files of `organisation` that have a live revision, in the order of their ids."""
    live = SalesFile.objects.of(organisation).filter(live_revision__isnull=False)
    return live.order_by("pk")


def verify(organisation: Organisation, *, done: Callable[[], object] = lambda: None) -> Verified:
    """Verify all totals of `organisation`, calling `done` after each file.

    Raises `KeptChanging`, StorageError, DocumentsError.
    """
    for _ in range(ATTEMPTS):
        # Nothing is locked, as this may take hours: what changed meanwhile shows in the versions of the scopes.
        before = _versions(organisation)
        verified = _verify(organisation, done)
        if _versions(organisation) == before:
            return verified
    raise KeptChanging(str(organisation))


def _versions(organisation: Organisation) -> list[tuple[int, int]]:
    return list(SummaryScope.objects.of(organisation).order_by("pk").values_list("pk", "version"))


def _verify(organisation: Organisation, done: Callable[[], object]) -> Verified:
    expected = Expectation(organisation)
    differences: list[Difference] = []
    files = 0
    for file in live_files(organisation).iterator(500):
        differences += list(differences_of(file, expected))
        files += 1
        done()
    return Verified(files, [*differences, *expected.differences()])


# --- one file ---


def differences_of(file: SalesFile, expected: Expectation) -> Iterator[Difference]:
    """Yield the differences of one file, and add its recomputed totals to `expected`.

    Without its Parquet there is nothing to add up: then only that is yielded. Raises StorageError, DocumentsError.
    """
    job = finished_job(file.pk, Module.IMPORTER, file.live_revision or 0)
    result = ImporterResult.model_validate(job.result)
    where = f"sales file {file.pk} ({file.filename})"
    try:
        found = tables_of_objects(each.key for each in result.parts)
    except ObjectAbsent as error:
        yield Difference(where, "Parquet", "there", f"lost: {error}")
        return
    table = one_table(found)
    lists = over_periods(found)
    counted = CountedFile.everything.filter(file_id=file.pk).first()
    expected.add(file, counted.batch if counted else file.batch_id, table, reporting_of(job))
    yield from _compare_row(file, where, table, lists)
    yield from _compare_ledger(counted, where, job, table)
    yield from _compare_sales(file, where, result, table)
    yield from _compare_snapshot(file, where, job, table, lists)


def _compare_row(
    file: SalesFile, where: str, table: pl.DataFrame, lists: dict[str, pl.DataFrame]
) -> Iterator[Difference]:
    whole = sums_of(table)
    artists = lists["artist"].filter(pl.col("stated")).height if lists else 0
    kept = {"total_rows": file.total_rows, "total_artists": file.total_artists, "total_local": file.total_local}
    found = {"total_rows": whole["rows"], "total_artists": artists, "total_local": whole["revenue"]}
    yield from _differing(where, kept, found)


def _compare_ledger(counted: CountedFile | None, where: str, job: Job, table: pl.DataFrame) -> Iterator[Difference]:
    """Compare the revision that the ledger counts, and the object with its totals."""
    kept = {
        "counted revision": counted.revision if counted else None,
        "counted job": str(counted.job) if counted else None,
    }
    yield from _differing(where, kept, {"counted revision": job.revision, "counted job": str(job.pk)})
    stored = stored_totals(ImporterResult.model_validate(job.result))
    if stored is None:
        yield Difference(where, "totals by period", "lost", f"{table.height} rows")
    elif not stored.equals(table):
        yield Difference(where, "totals by period", f"{stored.height} rows", f"{table.height} rows, not the same")


def _compare_sales(file: SalesFile, where: str, result: ImporterResult, table: pl.DataFrame) -> Iterator[Difference]:
    """Compare the documents that reports start from: one per sales object, those of the live revision marked live."""
    # Until its activation is done, no document of the live revision need be marked live.
    if file.activated_revision != file.live_revision:
        return
    kept = [each for each in documents().find("sales", {"uuid": file.uuid}) if each.get("live")]
    found = sorted((each.period, each.key) for each in result.parts)
    yield from _differing(where, {"sales documents": sorted(_place(each) for each in kept)}, {"sales documents": found})
    months = table.filter(pl.col("dimension") == "dsp").partition_by("period", as_dict=True)
    for (period,), rows in months.items():
        of_month = [each for each in kept if each["period"] == period]
        yield from _differing(f"{where}, sales of {period}", _added_up(of_month), sums_of(rows))


def _place(document: Document) -> tuple[str, str]:
    return document["period"], document.get("key", "")


def _added_up(sales: list[Document]) -> dict[str, Any]:
    # Amounts in documents are decimal strings.
    return {name: add_up(Decimal(str(each.get(name) or 0)) for each in sales) for name in SUMS}


def _compare_snapshot(
    file: SalesFile, where: str, job: Job, table: pl.DataFrame, lists: dict[str, pl.DataFrame]
) -> Iterator[Difference]:
    id = snapshot_id(file.uuid, file.live_revision or 0)
    header = documents().get("snapshots", id)
    if header is None:
        yield Difference(where, "snapshot", "lost", id)
        return
    whole = sums_of(table)
    found: dict[str, Any] = {
        "total_rows": whole["rows"],
        "total_local": whole["revenue"],
        "quantity": whole["quantity"],
        "counts": {dimension: rows.height for dimension, rows in lists.items()},
    }
    yield from _differing(f"{where}, snapshot", {name: header.get(name) for name in found}, found)
    for dimension in DIMENSIONS if lists else ():
        kept = _kept_rows(id, str(job.pk), dimension)
        if kept != sorted(_row_of(row) for row in lists[dimension].to_dicts()):
            yield Difference(f"{where}, snapshot", f"by {dimension}", f"{len(kept)} rows", "not the same rows")


def _kept_rows(snapshot: str, job: str, dimension: str) -> list[tuple[str, ...]]:
    query = {"snapshot": snapshot, "job": job, "dimension": dimension}
    return sorted(_row_of(row) for document in documents().find("snapshot_rows", query) for row in rows_of(document))


def _row_of(row: Document) -> tuple[str, ...]:
    names = ("name", "isrc", "upc", "artist", *SUMS)
    return tuple("" if row.get(name) is None else text_of(row[name]) for name in names)


def sums_of(table: pl.DataFrame) -> dict[str, Any]:
    """Return the sums over all lines of `table`."""
    # The rows of any one dimension add up to all lines, as those that name no key have a row as well.
    row = table.filter(pl.col("dimension") == "dsp").select(pl.col(*SUMS).sum()).row(0, named=True)
    return {name: row[name] or 0 for name in SUMS}


def _differing(where: str, kept: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    """Yield the values of `found` that `kept`, the stored ones, does not equal."""
    for name, value in found.items():
        texts = text_of(kept[name]), text_of(value)
        if texts[0] != texts[1]:
            yield Difference(where, name, *texts)
