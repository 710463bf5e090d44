"""A file that two Glider workers share leaves behind what one makes of it whole, and is treated like any other."""

from __future__ import annotations

import csv
import gzip
import io
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import duckdb
import httpx
import psutil
import pytest
from celery import Celery
from pymongo import MongoClient

from oas.local.api import Api
from oas.local.folder import write_values
from oas.local.programs import ROOT
from tests.e2e.conftest import final
from tests.e2e.test_reports import made
from tests.glider.driving import distrokid
from tests.session import LocalStack, launch, wait_for

LINES = 100_000
FILE = "/api/files/salesfiles/"
SETTINGS = {
    "OAS_SPLIT_BYTES": "1000000",
    "OAS_PART_BYTES": "1500000",
    "OAS_SWEEP_AFTER": "5",
    "OAS_SWEEP_EVERY": "2",
    "OAS_LEASE_SECONDS": "5",
}
NODE = "second@oas"
Figures = dict[str, Any]


def content(year: int = 2021) -> str:
    """Three months; one line in a thousand has no amount."""
    salt = secrets.randbelow(10**6)
    return distrokid(
        *(
            f"{year}-0{n % 3 + 5}|Spotify|Song {n % 400}|QZAAA25{n % 400:05}||1|"
            + ("" if n % 1000 == 501 else f"{n % 7}.{salt:06}{n:06}")
            for n in range(LINES)
        )
    )


def expected(text: str) -> tuple[int, Decimal]:
    """Lines with an amount, and their sum, by the standard library alone."""
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    amounts = [Decimal(row["Earnings (USD)"]) for row in rows if row["Earnings (USD)"]]
    return len(amounts), sum(amounts, Decimal(0))


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own, whose Glider cuts files into parts."""
    folder = tmp_path_factory.mktemp("split")
    for parent in (folder, folder.parent):
        parent.chmod(0o711)
    write_values(folder / "settings", SETTINGS)
    stack = launch(folder, "--port", "0")
    try:
        yield stack.wait_ready()
    finally:
        stack.stop()


def environment_of(stack: LocalStack) -> dict[str, str]:
    """Without the settings of the tests' own servers."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("OAS_", "DJANGO_"))} | stack.env


@contextmanager
def second_worker(stack: LocalStack) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "celery", "-A", "glider.celery", "worker", "-Q", "glider", "-c", "1", "-n", NODE]
    environment = environment_of(stack)
    with (stack.folder / "second.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        with Celery(broker=stack.env["OAS_REDIS_URL"]) as app:
            wait_for(lambda: app.control.ping(destination=[NODE], timeout=1), 60, "the second worker")
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def client(stack: LocalStack) -> Api:
    return Api(stack.env["OAS_URL"], stack.env["OAS_API_KEY"])


def sent(api: Api, text: str, folder: Path) -> Figures:
    path = folder / "sales.tsv"
    path.write_text(text, newline="")
    file = api.create(path)
    api.upload(api.process(file["id"], "upload")["presigned_url"], path)
    api.process(file["id"], "clean")
    return file


def left_behind(api: Api, file: Figures) -> Figures:
    """What people see of a file, without its names and times."""
    snapshot = api.snapshot(file["id"], 1000)
    lists = {name: snapshot[name] for name in ("byArtist", "byDSP", "byTerritory", "byTrack", "byRelease")}
    counts = {name: file[name] for name in ("accepted_rows", "rejected_rows", "skipped_rows", "total_local")}
    link = api.ask("GET", f"{FILE}{file['id']}/rejects/")["url"]
    checks = [(check["name"], check["expected"], check["found"], check["tied"]) for check in snapshot["checks"]]
    rejects = gzip.decompress(httpx.get(link, trust_env=False).content).decode()
    return {**lists, **counts, "checks": checks, "rejects": rejects}


def sales_of(stack: LocalStack, file: Figures) -> list[Figures]:
    with MongoClient[Figures](stack.env["OAS_MONGO_URL"]) as mongo:
        return list(mongo[stack.env.get("OAS_MONGO_DATABASE", "oas")]["sales"].find({"uuid": file["uuid"]}))


def parts_of(stack: LocalStack, file: Figures) -> tuple[int, int]:
    """How many documents the file's sale lines have, and how many lines they are of."""
    found = sales_of(stack, file)
    return len(found), sum(document["rows"] for document in found)


def manage(stack: LocalStack, *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment_of(stack), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(240)
def test_a_file_in_parts_is_the_file_imported_whole(split: LocalStack, stack: LocalStack, tmp_path: Path) -> None:
    text = content()
    rows, total = expected(text)
    whole, api = client(stack), client(split)
    once = left_behind(whole, final(whole, sent(whole, text, tmp_path)))
    with second_worker(split):
        file = final(api, sent(api, text, tmp_path))
    assert (file["status"], file["accepted_rows"], Decimal(file["total_local"])) == ("FINALIZED", rows, total)
    assert (file["rejected_rows"], parts_of(split, file)[1]) == (LINES - rows, rows)
    assert parts_of(split, file)[0] >= 3 * 4  # three periods in each of four parts or more
    assert left_behind(api, file) == once


@pytest.mark.timeout(240)
def test_what_follows_an_import_takes_a_split_file_like_any_other(split: LocalStack, tmp_path: Path) -> None:
    text, api = content(2020), client(split)
    rows, total = expected(text)
    file = final(api, sent(api, text, tmp_path))
    before = left_behind(api, file)
    api.process(file["id"], "reimport")
    file = final(api, file, patience=90)
    assert (file["status"], left_behind(api, file)) == ("FINALIZED", before)
    assert lake_of(split, file, tmp_path / "lake") == (rows, total)
    assert in_report(api) == sum(Decimal(net) for month, net in months(text) if month == "2020-05")
    for command in (["gc", "--dry-run"], ["reconcile"], ["verify_totals"]):
        manage(split, *command)
    api.delete(file["id"])
    wait_for(lambda: parts_of(split, file) == (0, 0), 60, "the file's sales to be gone")


def months(text: str) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    return [(row["Sale Month"], row["Earnings (USD)"] or "0") for row in rows]


def in_report(api: Api) -> Decimal:
    """The money of May in the report: the catalogue knows none of the tracks."""
    return Decimal(made(api, "MONTHLY", "2020-05")["totals"]["everything"]["revenue"])


def lake_of(stack: LocalStack, file: Figures, folder: Path) -> tuple[int, Decimal]:
    """Lines and revenue of the file's objects, as DuckDB reads copies of them."""
    env = stack.env
    store = boto3.client(
        "s3",
        endpoint_url=env["OAS_S3_ENDPOINT"],
        aws_access_key_id=env["OAS_S3_ACCESS_KEY"],
        aws_secret_access_key=env["OAS_S3_SECRET_KEY"],
        region_name="us-east-1",
    )
    for document in sales_of(stack, file):
        path = folder / document["key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        store.download_file(env["OAS_S3_BUCKET"], document["key"], str(path))
    question = "select count(*), sum(revenue) from read_parquet(?, hive_partitioning = false)"
    rows, revenue = duckdb.execute(question, [str(folder / "**" / "*.parquet")]).fetchall()[0]
    return rows, revenue
