"""Sales files from bytes to FINALIZED with Glider in this process, and their sums by the csv module."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from threading import Barrier
from typing import Any

from django.db import connections

from accounts.models import Organisation
from fetcher.models import Batch
from glider import runner
from glider.contract import MESSAGE
from jobs.services import finishing
from jobs.services.results import read_result
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.glider.driving import distrokid
from tests.salesfiles.glider_stand_in import cleaning_file, job_of
from totals.services.queries import Question, find_scope, summary_of

STORES = ("Spotify", "iTunes", "Deezer")
MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")


def content_of(lines: Iterable[str]) -> str:
    return distrokid(*lines)


def random_content(seed: int, *, count: int = 60, months: tuple[str, ...] = MONTHS, tracks: int = 12) -> str:
    """Lines of a few artists, tracks and releases, so that files share some and not others."""
    rng = random.Random(seed)
    lines = []
    for _ in range(count):
        n = rng.randint(1, tracks) + seed % 3 * 4
        amount = Decimal(rng.randint(-(10**10), 10**12)).scaleb(-12)
        isrc, upc = (f"QZAAA25{n:05}", f"19800000{n // 3:04}") if n % 4 else ("", "")
        lines.append(
            f"{rng.choice(months)}|{rng.choice(STORES)}|Song {n}|{isrc}|{upc}|{rng.randint(-3, 90)}|{amount:f}"
        )
    return distrokid(*lines).replace("\tArtist A\t", f"\tArtist {seed % 2}\t")


def run_job(file: SalesFile) -> None:
    """Run the job that `file` waits for in this process, and apply its result."""
    job = job_of(file)
    runner.run_job(MESSAGE.validate_python(job.message))
    finishing.apply(job, read_result(job))
    file.refresh_from_db()


def processed(file: SalesFile) -> SalesFile:
    """CLEANING → PROCESSED."""
    run_job(file)
    assert file.status == "PROCESSING", file.error_message
    run_job(file)
    assert file.status == "PROCESSED", file.error_message
    return file


def finalized(organisation: Organisation, content: str, **fields: Any) -> SalesFile:
    file = processed(cleaning_file(organisation, content=content.encode(), filename="sales.tsv", **fields))
    assert finalise(file.pk)
    file.refresh_from_db()
    assert file.status == "FINALIZED"
    return file


def waiting(organisation: Organisation, content: str) -> SalesFile:
    """A PROCESSED file whose control totals tie."""
    return processed(cleaning_file(organisation, content=content.encode(), filename="sales.tsv"))


def answer(organisation: Organisation, **question: Any) -> dict[str, Any]:
    return summary_of(find_scope(organisation), Question(**question))[1]


def upload(organisation: Organisation) -> Batch:
    return Batch.objects.unscoped().create(organisation=organisation, url="https://files.example/a", kind="PRESIGNED")


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Call all `steps` at the same time; returns what each returned, or the error it raised."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return step()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, step) for step in steps]]


@dataclass(frozen=True)
class Expected:
    """The sums of some files, by the csv module and Decimal, without any code of OAS."""

    rows: list[dict[str, str]]

    @classmethod
    def of(cls, *contents: str, first: str = "0000-00", last: str = "9999-99") -> Expected:
        rows = [row for text in contents for row in csv.DictReader(io.StringIO(text), delimiter="\t")]
        return cls([row for row in rows if first <= row["Sale Month"] <= last])

    @property
    def total(self) -> Decimal:
        return sum((Decimal(row["Earnings (USD)"]) for row in self.rows), Decimal(0))

    @property
    def quantity(self) -> int:
        return sum(int(row["Quantity"]) for row in self.rows)

    def by(self, *columns: str) -> dict[tuple[str, ...], Decimal]:
        found: dict[tuple[str, ...], Decimal] = {}
        for row in self.rows:
            key = tuple(row[column] for column in columns)
            found[key] = found.get(key, Decimal(0)) + Decimal(row["Earnings (USD)"])
        return found

    @property
    def tracks(self) -> int:
        return len({row["ISRC"] or (row["Artist"], row["Title"]) for row in self.rows})

    @property
    def releases(self) -> int:
        return len({row["UPC"] for row in self.rows} - {""})

    @property
    def artists(self) -> int:
        return len({row["Artist"] for row in self.rows})
