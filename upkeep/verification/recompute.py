"""Recompute, file by file, what the tables of the totals over all files must hold, and compare it with what they do."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import polars as pl
from django.db import connection

from accounts.models import Organisation
from oas.kernel.amounts import TotalsTooLarge
from oas.kernel.periods import month_text
from oas.kernel.totals import has_exact_sums, magnitudes, overflow_as
from salesfiles.models import SalesFile
from salesfiles.services.finalising import ledger_file
from totals.difference import Difference, text_of
from totals.models import ALL, Dimension, SummaryScope, SummarySource
from totals.services.contributions import Reporting, delta

COMPACT = 2_000_000  # rows after which those collected are summed up, so that memory stays bounded
FIGURES = ("files", "rows", "quantity", "revenue")
ID = ("batch", "dimension", "key", "period")  # batch 0: everything; key: the digest in hex
EVERYTHING = 0

ENTRIES = """
SELECT coalesce(scope.batch, 0), entry.dimension, encode(known.digest, 'hex'), entry.period, known.stated, entry.files,
       entry.rows, entry.quantity, entry.revenue
FROM totals_summaryentry AS entry
JOIN totals_summaryscope AS scope ON scope.id = entry.scope_id
LEFT JOIN totals_summarykey AS known ON known.id = entry.key_id
WHERE scope.organisation_id = %s
"""
KEYS = """
SELECT count(*) FROM totals_summarykey AS known WHERE known.organisation_id = %s
AND NOT EXISTS (SELECT FROM totals_summaryentry AS entry WHERE entry.key_id = known.id)
"""
GAPS = """
SELECT coalesce(scope.batch, 0), gap.dimension, gap.previous, gap.period, gap.keys
FROM totals_summarygap AS gap JOIN totals_summaryscope AS scope ON scope.id = gap.scope_id
WHERE scope.organisation_id = %s
"""
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "batch": pl.Int64,
    "dimension": pl.Int16,
    "key": pl.String,
    "period": pl.Int32,
    "stated": pl.Boolean,
    "files": pl.Int64,
    "rows": pl.Int64,
    "quantity": pl.Int64,
    "revenue": pl.Decimal(38, 18),
}
GAP_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "batch": pl.Int64,
    "dimension": pl.Int16,
    "previous": pl.Int32,
    "period": pl.Int32,
    "keys": pl.Int64,
}


_MAGNITUDES = magnitudes("revenue")


class Expectation:
    """The entries, gaps, scopes and months that the tables must hold for the files that were added."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.frames: list[pl.DataFrame] = [pl.DataFrame(schema=SCHEMA)]
        self.height = 0
        self.has_overflow = False
        self.files: Counter[int] = Counter()
        self.months: Counter[tuple[int, str, int]] = Counter()

    def add(self, file: SalesFile, batch: int | None, table: pl.DataFrame, reporting: Reporting) -> None:
        """Add `file` with `table`, its totals by period as recomputed, and `reporting`, the months it reports.

        `batch`: the upload by link that it is counted with.
        """
        rows = delta(table, ledger_file(file), sign=1)
        months = rows.group_by("dimension", "key", "stated", "period").agg(*_sums())
        whole = rows.group_by("dimension", "key", "stated").agg(pl.lit(ALL, dtype=pl.Int32).alias("period"), *_sums())
        both = pl.concat([months, whole.select(months.columns)]).with_columns(pl.lit(1, dtype=pl.Int64).alias("files"))
        for scope in dict.fromkeys((EVERYTHING, batch or EVERYTHING)):
            self._keep(both.with_columns(pl.lit(scope, dtype=pl.Int64).alias("batch")))
            self.files[scope] += 1
            self.months.update((scope, reporting.source, month) for month in reporting.months)

    def _keep(self, rows: pl.DataFrame) -> None:
        self.frames.append(rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
        self.height += rows.height
        if self.height > COMPACT:
            self.frames, self.height = [self._entries()], 0

    def _entries(self) -> pl.DataFrame:
        try:
            with overflow_as(TotalsTooLarge()):
                groups = pl.concat(self.frames).group_by(*ID, "stated").agg(pl.col(*FIGURES).sum(), *_MAGNITUDES)
        except TotalsTooLarge:
            self.has_overflow = True
            return pl.DataFrame(schema=SCHEMA)
        self.has_overflow = self.has_overflow or not has_exact_sums(groups)
        return groups.select(SCHEMA.keys())

    # --- comparing ---

    def differences(self) -> Iterator[Difference]:
        """Compare with the tables of the organisation, and yield every figure that differs."""
        expected = self._entries()
        if self.has_overflow:
            yield Difference("summary", "revenue", "any", "more than can be added up")
            return
        # The tables name keys by their digest; each different key is digested once.
        named = expected.select("key").unique()
        digests = named.with_columns(pl.col("key").map_elements(_digest, return_dtype=pl.String).alias("digest"))
        coded = expected.join(digests, on="key").with_columns(pl.col("digest").alias("key")).select(SCHEMA.keys())
        yield from self._compare_entries(coded)
        yield from self._compare_gaps(coded)
        yield from self._compare_scopes()
        yield from self._compare_months()
        if lost := _read(KEYS, self.organisation)[0][0]:
            yield Difference("summary", "keys that nothing is counted of", str(lost), "0")

    def _compare_entries(self, expected: pl.DataFrame) -> Iterator[Difference]:
        kept = pl.DataFrame(_read(ENTRIES, self.organisation), schema=SCHEMA, orient="row")
        both = expected.join(kept, on=ID, how="full", suffix="_kept", coalesce=True)
        names = ("stated", *FIGURES)
        same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_kept")) for name in names)
        for row in both.filter(~same).sort(ID).iter_rows(named=True):
            for name in names:
                if row[name] != row[f"{name}_kept"]:
                    yield Difference(_place(row), name, text_of(row[f"{name}_kept"]), text_of(row[name]))

    def _compare_gaps(self, expected: pl.DataFrame) -> Iterator[Difference]:
        # A gap counts the keys that have sales in `period` and last had some in `previous` (0: never before).
        dated = expected.filter(pl.col("stated") & (pl.col("period") != ALL)).sort("period")
        previous = pl.col("period").shift(1).over("batch", "dimension", "key").fill_null(0).alias("previous")
        names = ("batch", "dimension", "previous", "period")
        found = dated.with_columns(previous).group_by(*names).agg(pl.len().cast(pl.Int64).alias("keys"))
        kept = pl.DataFrame(_read(GAPS, self.organisation), schema=GAP_SCHEMA, orient="row")
        both = found.join(kept, on=names, how="full", suffix="_kept", coalesce=True)
        for row in both.filter(~pl.col("keys").eq_missing(pl.col("keys_kept"))).sort(names).iter_rows(named=True):
            what = f"distinct keys, {row['previous']} to {row['period']}"
            yield Difference(_place(row), what, text_of(row["keys_kept"]), text_of(row["keys"]))

    def _compare_scopes(self) -> Iterator[Difference]:
        scopes = SummaryScope.objects.of(self.organisation).values_list("batch", "files")
        kept = Counter({batch or EVERYTHING: files for batch, files in scopes})
        for batch in sorted({*kept, *self.files}):
            if kept[batch] != self.files[batch]:
                yield Difference(_scope(batch), "files", str(kept[batch]), str(self.files[batch]))

    def _compare_months(self) -> Iterator[Difference]:
        sources = SummarySource.objects.filter(scope__organisation=self.organisation)
        rows = sources.values_list("scope__batch", "source", "period", "files")
        kept = Counter({(batch or EVERYTHING, source, period): files for batch, source, period, files in rows})
        for batch, source, month in sorted({*kept, *self.months}):
            pair = kept[batch, source, month], self.months[batch, source, month]
            if pair[0] != pair[1]:
                what = f"files of {source} for {month_text(month)}"
                yield Difference(_scope(batch), what, str(pair[0]), str(pair[1]))


def _sums() -> list[pl.Expr]:
    return [pl.col("rows", "quantity", "revenue").sum()]


def _read(statement: str, organisation: Organisation) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [organisation.pk])
        return list(cursor.fetchall())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _scope(batch: int) -> str:
    return f"summary of upload {batch}" if batch else "summary"


def _place(row: dict[str, object]) -> str:
    batch, dimension = int(str(row["batch"])), Dimension(int(str(row["dimension"]))).name.lower()
    key = f" {str(row['key'])[:8]}" if row.get("key") else ""
    period = int(str(row["period"]))
    return f"{_scope(batch)}, {dimension}{key}, {month_text(period) if period else 'all time'}"
