"""A small lake of sales with a catalogue, in S3 and MongoDB, on which tests run the report job."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl

from glider.canonical.schema import IMPORTED
from glider.contract import ReportFormat, ReportKind, ReportMessage, ReportResult
from glider.heartbeat import Heartbeat
from glider.reporting.job import run_report
from oas.kernel import object_keys
from oas.kernel.config import glider_config
from oas.kernel.documents import Document, documents, sales_id, snapshot_id
from oas.kernel.storage import storage

Row = dict[str, str]
SUFFIXES = {ReportFormat.CSV: "csv.gz", ReportFormat.PARQUET: "parquet", ReportFormat.XLSX: "xlsx"}
_numbers = itertools.count(random.SystemRandom().randrange(10**6, 10**9))
_LINE: dict[str, Any] = {
    "dsp": "Spotify",
    "territory": "DE",
    "artist": "Aurora Lane",
    "track": "Night Bus",
    "usage": "stream",
    "monetisation": "subscription",
    "level": "track",
    "quantity": 1,
    "currency": "EUR",
    "net": "1",
}
CATALOGUE = (
    "track_id", "release_id", "artist", "track_title", "track_version", "release_title", "isrc", "upc",
    "catalogue_number", "label", "reference",
)  # fmt: skip
_IDS = ("track_id", "release_id")


def line(**fields: Any) -> dict[str, Any]:
    """A sale line; fields that are not given are as in `_LINE`, and revenue is net."""
    given = {**_LINE, **fields}
    amounts = {name: None if given.get(name) is None else Decimal(str(given[name])) for name in ("gross", "net")}
    revenue = Decimal(str(given.get("revenue", given["net"])))
    return {**given, **amounts, "revenue": revenue}


def track(id: int, isrc: str | None = None, title: str = "Night Bus", **fields: Any) -> dict[str, Any]:
    """A row of the catalogue: a track, on a release when `release_id` is given."""
    row: dict[str, Any] = dict.fromkeys(CATALOGUE)
    return {
        **row,
        "track_id": id,
        "artist": "Aurora Lane",
        "track_title": title,
        "isrc": isrc,
        "reference": f"T{id}",
    } | fields


def release(id: int, upc: str | None = None, title: str = "Lines", **fields: Any) -> dict[str, Any]:
    """A row of the catalogue: a release as a whole. `upc` has 14 digits."""
    row: dict[str, Any] = dict.fromkeys(CATALOGUE)
    return {
        **row,
        "release_id": id,
        "artist": "Aurora Lane",
        "release_title": title,
        "upc": upc,
        "reference": f"R{id}",
    } | fields


@dataclass
class Lake:
    """One organisation's sales and catalogue."""

    folder: Path
    organisation: int = field(default_factory=lambda: next(_numbers))
    version: str = "00000001-abcdef01"
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def put(
        self, period: str, lines: list[dict[str, Any]], *, uuid: str = "aaaaaaaa", revision: int = 1, live: bool = True
    ) -> Document:
        """Store what the importer and activation leave of a file's sales in one month."""
        job = uuid4()
        first = date.fromisoformat(f"{period}-01")
        frame = pl.DataFrame(
            [{**each, "period": first} for each in lines], schema_overrides=IMPORTED, infer_schema_length=None
        )
        missing = [pl.lit(None).alias(name) for name in IMPORTED if name not in frame.columns]
        path = self.folder / f"{job}.parquet"
        frame.with_columns(missing).select(pl.col(n).cast(kind) for n, kind in IMPORTED.items()).write_parquet(path)
        key = object_keys.sales(self.organisation, period, uuid, revision, job)
        storage().upload(path, key)
        document = self._document(period, lines, uuid, revision, job, key, live)
        documents().replace("sales", document)
        if live:
            self.lines[period] += [{**each, "uuid": uuid} for each in lines]
        return document

    def _document(
        self, period: str, lines: list[dict[str, Any]], uuid: str, revision: int, job: UUID, key: str, live: bool
    ) -> Document:
        snapshot = snapshot_id(uuid, revision)
        return {
            "_id": f"{self.organisation}:{sales_id(snapshot, str(job), period)}",
            "organisation": self.organisation, "file": 1, "uuid": uuid, "revision": revision, "snapshot": snapshot,
            "job": str(job), "live": live, "period": period, "key": key, "rows": len(lines),
            "quantity": sum(each["quantity"] for each in lines),
            "net": str(exact_sum(each["net"] for each in lines)),
            "revenue": str(exact_sum(each["revenue"] for each in lines)),
        }  # fmt: skip

    def catalogue(
        self, *rows: dict[str, Any], aliases: list[tuple[str, str, int | None, int | None]] | None = None
    ) -> None:
        """Publish a version. An alias: kind, key, track id, release id."""
        kinds = {name: pl.Int64 if name in _IDS else pl.String for name in CATALOGUE}
        self._store(pl.DataFrame(list(rows), schema=kinds), object_keys.catalogue(self.organisation, self.version))
        schema = {"kind": pl.String, "key": pl.String, "track_id": pl.Int64, "release_id": pl.Int64}
        frame = pl.DataFrame(aliases or [], schema=schema, orient="row")
        self._store(frame, object_keys.catalogue_aliases(self.organisation, self.version))

    def _store(self, frame: pl.DataFrame, key: str) -> None:
        path = self.folder / "stored.parquet"
        frame.write_parquet(path)
        storage().upload(path, key)

    def message(
        self,
        kind: ReportKind,
        first: str = "2025-01",
        last: str | None = None,
        format: ReportFormat = ReportFormat.CSV,
        **fields: Any,
    ) -> ReportMessage:
        job = uuid4()
        name = str(uuid4())
        return ReportMessage(
            job=job,
            organisation=self.organisation,
            result_key=object_keys.result(self.organisation, job),
            callback_url="http://127.0.0.1:1/",
            report=name,
            kind=kind,
            period_from=first,
            period_to=last or first,
            format=format,
            currency="EUR",
            catalogue_version=self.version,
            catalogue_key=object_keys.catalogue(self.organisation, self.version),
            aliases_key=object_keys.catalogue_aliases(self.organisation, self.version),
            output_key=object_keys.report(self.organisation, name, SUFFIXES[format]),
            **fields,
        )

    def run(self, message: ReportMessage) -> Made:
        folder = self.folder / f"work-{next(_numbers)}"
        folder.mkdir()
        result = run_report(message, folder, Heartbeat(message.job, glider_config()))
        return Made(message, result)

    def monthly(self, first: str = "2025-01", last: str | None = None, **fields: Any) -> Made:
        return self.run(self.message(ReportKind.MONTHLY, first, last, **fields))

    def unmatched(self, first: str = "2025-01", last: str | None = None, **fields: Any) -> Made:
        return self.run(self.message(ReportKind.UNMATCHED, first, last, **fields))

    def sold(self, first: str, last: str | None = None) -> list[dict[str, Any]]:
        return [each for period, lines in self.lines.items() if first <= period <= (last or first) for each in lines]


@dataclass(frozen=True)
class Made:
    message: ReportMessage
    result: ReportResult

    @property
    def content(self) -> bytes:
        return storage().get_bytes(self.message.output_key)

    @property
    def text(self) -> str:
        return gzip.decompress(self.content).decode()

    @property
    def rows(self) -> list[Row]:
        """The lines of a CSV."""
        return list(csv.DictReader(io.StringIO(self.text, newline="")))

    @property
    def snapshot(self) -> Document:
        found = documents().get("report_snapshots", self.message.report)
        assert found is not None
        return found

    def groups(self) -> list[dict[str, Any]]:
        chunks = documents().find("report_rows", {"report": self.message.report}, sort="n")
        return [row for chunk in chunks for row in chunk["rows"]]


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the last digit; Decimal itself rounds to 28 digits."""
    with localcontext(Context(prec=100)):
        return sum(amounts, Decimal(0))


def total(rows: list[Row], column: str) -> Decimal:
    return exact_sum(Decimal(row[column]) for row in rows)


def columns(rows: list[Row], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def isrc(n: int) -> str:
    return f"DEA12{n:07}"


def random_lines(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """`count` sale lines; half of their ISRCs are in the catalogue of `some_catalogue`."""
    return [
        line(
            dsp=rng.choice(["Spotify", "Deezer", "iTunes"]),
            territory=rng.choice(["DE", "US", "FR"]),
            usage=rng.choice(["stream", "download"]),
            currency=rng.choice(["EUR", "USD"]),
            monetisation=rng.choice(["subscription", "ad_supported"]),
            isrc=isrc(rng.randrange(20)),
            quantity=rng.randint(-5, 900),
            gross=None if rng.random() < 0.3 else Decimal(rng.randint(0, 10**15)).scaleb(-15),
            net=Decimal(rng.randint(-(10**17), 10**19)).scaleb(-18),
            revenue=Decimal(rng.randint(-(10**17), 10**19)).scaleb(-18),
        )
        for _ in range(count)
    ]


def some_catalogue(lake: Lake) -> None:
    lake.catalogue(*(track(n, isrc(n), f"Song {n}") for n in range(10)))


def three_months(lake: Lake, count: int = 400) -> None:
    rng = random.Random(7)
    some_catalogue(lake)
    for period in ("2025-01", "2025-02", "2025-03"):
        for uuid in ("bbbbbbbb", "aaaaaaaa"):
            lake.put(period, random_lines(rng, count), uuid=uuid)
