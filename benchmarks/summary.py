"""The time to read, and to write, the totals over all files, at ten thousand files: `python benchmarks/summary.py`.

Starts servers in a temporary folder, enters made-up files into the ledger as a worker would, and then makes requests
through all of Django, without a web server. Prints p50 and p95 of every request.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    import polars as pl

MONTHS = [f"{year}-{month:02}" for year in (2022, 2023, 2024) for month in range(1, 13)]
NAME = "Benchmark"
GROUP, ALONE = 100, 200
LIMIT = 90  # seconds until the servers must be there
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"from": "2023-03", "to": "2024-02"},
    {"by": "dsp"},
    {"by": "territory"},
    {"by": "artist", "limit": 100},
    {"by": "track", "limit": 100},
    {"by": "release", "limit": 100},
    {"by": "period"},
    {"by": "dsp", "series": "month"},
    {"by": "track", "series": "month", "limit": 10},
    {"by": "dsp", "from": "2023-03", "to": "2024-02"},
    {"by": "track", "from": "2023-03", "to": "2023-03", "limit": 100},
    {"by": "track", "from": "2023-03", "to": "2024-02", "limit": 100},
]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--files", type=int, default=10_000)
    words.add_argument("--tracks", type=int, default=20_000, help="different ones, over all files")
    words.add_argument("--lines", type=int, default=150, help="tracks a file has in each of its months")
    words.add_argument("--rounds", type=int, default=200, help="times that each request is made")
    options = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-benchmark-") as folder, servers(Path(folder)):
        prepare()
        fill(options.files, options.tracks, options.lines)
        ask_all(options.rounds)


class servers:
    """PostgreSQL, MongoDB, S3 and Redis in `folder`, with their addresses in the environment."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o711)
        self.folder = folder

    def __enter__(self) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), "local", "--dir", str(self.folder / "oas"), "--servers"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        env = self.folder / "oas" / "env"
        until = time.monotonic() + LIMIT
        while not env.exists():
            if time.monotonic() > until or self.process.poll() is not None:
                raise SystemExit("The servers did not start.")
            time.sleep(0.1)
        pairs = (line.partition("=")[::2] for line in env.read_text().splitlines() if "=" in line)
        os.environ.update(pairs)
        from tests.environment import fill as complete
        from tests.environment import made_up

        complete(made_up() | {"OAS_URL": "http://testserver", "OAS_PROXIES": "0"})
        os.environ["OAS_REQUESTS_PER_MINUTE"] = "1000000"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def prepare() -> None:
    from benchmarks.filling import use_django

    use_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


# --- filling ---


def fill(files: int, tracks: int, lines: int, name: str = NAME) -> float:
    """Enter `files` files into the ledger of a new organisation `name`; return the median seconds of one.

    Each file has one DSP's sales of two or three months; an artist has ten tracks, a release four. Most files are added
    up a hundred at a time, which leaves the same tables; the last two hundred one by one, as in reality, and timed.
    """
    from rich.progress import track as progress

    from accounts.services import create_organisation
    from totals.models import SummaryScope

    organisation = create_organisation(name=name, currency="USD")[0]
    rng = random.Random(1)
    alone = min(files - 1, ALONE)
    count([new_file(organisation, 0)], rng, tracks, lines)
    for start in progress(range(1, files - alone, GROUP), description="Adding files up"):
        count([new_file(organisation, n) for n in range(start, min(start + GROUP, files - alone))], rng, tracks, lines)
    SummaryScope.objects.of(organisation).update(files=files - alone)
    vacuum()
    took, before = [], processor_time()
    for n in range(files - alone, files):
        took.append(count([new_file(organisation, n)], rng, tracks, lines))
    report("counting a file (and making it up)", took, (processor_time() - before) / len(took))
    vacuum()
    return statistics.median(took)


def new_file(organisation: Any, n: int) -> Any:
    from salesfiles.models import SalesFile

    given = {"filename": f"{n}.csv", "filetype": "CSV", "filesize": 1, "mongo_db_id": f"{n:024x}"}
    return SalesFile.everything.create(organisation=organisation, **given)


def count(files: list[Any], rng: random.Random, tracks: int, lines: int) -> float:
    """Enter `files` into the ledger, and return the seconds that writing took."""
    import polars as pl
    from django.db import transaction

    from salesfiles.services.finalising import ledger_file
    from totals.models import SummaryScope
    from totals.services import ledger

    rows = pl.concat([delta_of(file, rng, tracks, lines) for file in files])
    began = time.perf_counter()
    if len(files) == 1:
        ledger.apply([ledger.Change(file=ledger_file(files[0]), before=None, job=job_of(files[0]), rows=rows)])
    else:
        scope = SummaryScope.objects.of(files[0].organisation_id).get()
        with transaction.atomic():
            ledger._add_up(files[0].organisation_id, [scope.pk], rows)
    return time.perf_counter() - began


def vacuum() -> None:
    """Do now what autovacuum would do later."""
    from django.db import connection

    table = "totals_summaryentry"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"SELECT count(*), pg_size_pretty(pg_total_relation_size('{table}')) FROM {table}")
        print("entries, and their size on disk:", *cursor.fetchone())


def job_of(file: Any) -> Any:
    from glider.contract import CleaningResult, ImporterMessage, ImporterResult, SourceFile
    from jobs.models import Job

    id = uuid4()
    source = SourceFile(
        id=file.pk, uuid=file.uuid, mongo_db_id=file.mongo_db_id, revision=1, filename=file.filename,
        reporting_period=random.choice(MONTHS),
    )  # fmt: skip
    message = ImporterMessage(
        job=id, organisation=file.organisation_id, result_key="", callback_url="", file=source, cleaned_key="",
        exchange_rates={}, cleaning=CleaningResult(job=id, layout=f"layout {file.pk % 30}"),
    )  # fmt: skip
    return Job(
        pk=id, organisation_id=file.organisation_id, file=file, module="importer", revision=1,
        message=message.model_dump(mode="json"), result=ImporterResult(job=id).model_dump(mode="json"),
    )  # fmt: skip


def delta_of(file: Any, rng: random.Random, tracks: int, lines: int) -> pl.DataFrame:
    import polars as pl

    from oas.kernel.totals import COLUMNS
    from totals.services.contributions import delta

    first = rng.randrange(len(MONTHS) - 2)
    months = MONTHS[first : first + rng.randint(2, 3)]
    store, territory = f"DSP {rng.randrange(30)}", f"T{rng.randrange(200)}"
    rows: list[dict[str, Any]] = []
    for month in months:
        for _ in range(lines):
            n = int(rng.paretovariate(0.7) * 50) % tracks
            money = Decimal(rng.randrange(10**9)).scaleb(-6)
            keys = {"dsp": store, "territory": territory, "artist": f"Artist {n // 10}", "release": f"R{n // 4}",
                    "track": f"ISRC{n:08}"}  # fmt: skip
            rows += [
                {"period": month, "dimension": dimension, "key": key, "name": key, "rows": 1, "quantity": 10,
                 "revenue": money}
                for dimension, key in keys.items()
            ]  # fmt: skip
    table = pl.DataFrame(rows, schema=COLUMNS)
    sums = [pl.col("name").min(), pl.col("rows", "quantity", "revenue").sum()]
    return delta(table.group_by("period", "dimension", "key").agg(sums).select(
        pl.col(name) if name in ("period", "dimension", "key", "name", "rows", "quantity", "revenue")
        else pl.lit(None, dtype=kind).alias(name) for name, kind in COLUMNS.items()
    ), file, sign=1)  # fmt: skip


# --- asking ---


def key_of(name: str = NAME) -> str:
    """Create an API key of the organisation `name`, and return its text."""
    from accounts.models import Organisation
    from accounts.services import create_key

    return create_key(organisation=Organisation.objects.get(name=name), name="benchmark")[1].text


def ask_all(rounds: int) -> None:
    from rest_framework.test import APIClient

    client = APIClient()
    client.credentials(HTTP_X_API_KEY=key_of())
    for question in QUESTIONS:
        client.get("/api/sales/summary/", question)
        ask(str(question or "all time"), partial(client.get, "/api/sales/summary/", question), rounds)
    etag = client.get("/api/sales/summary/")["ETag"]
    again = partial(client.get, "/api/sales/summary/", HTTP_IF_NONE_MATCH=etag)
    ask("all time, not changed since (304)", again, rounds)


def ask(what: str, step: Callable[[], Any], rounds: int) -> None:
    before = processor_time()
    took = list(timed(step, rounds))
    report(what, took, (processor_time() - before) / rounds)


def processor_time() -> float:
    """Return the processor seconds of this process and of the database's process of our connection."""
    import psutil
    from django.db import connection

    connection.ensure_connection()
    times = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time() + times.user + times.system


def timed(step: Callable[[], Any], rounds: int) -> Iterator[float]:
    for _ in range(rounds):
        began = time.perf_counter()
        answer = step()
        yield time.perf_counter() - began
        assert answer.status_code in (200, 304), answer.content


def report(what: str, took: list[float], processor: float) -> None:
    ordered = sorted(took)
    p50, p95 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95))
    print(f"{what:66} p50 {p50:6.1f}  p95 {p95:6.1f}  processor {processor * 1000:6.1f} ms", flush=True)


if __name__ == "__main__":
    main()
