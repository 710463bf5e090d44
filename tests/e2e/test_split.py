"""A sales file in parts, by two Glider workers: what one worker makes of the whole, also when one of them is killed."""

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
from decimal import Decimal
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from oas.local.api import Api
from oas.local.programs import ROOT
from tests.e2e.conftest import final
from tests.glider.driving import distrokid
from tests.session import LocalStack, launch, wait_for

LINES = 150_000
BAD = 10_007  # each line that this divides has no amount
SETTINGS = {
    "OAS_SPLIT_BYTES": 1_000_000,
    "OAS_PART_BYTES": 1_000_000,
    "OAS_HEAVY_JOBS": 4,
    "OAS_LEASE_SECONDS": 5,
    "OAS_SWEEP_AFTER": 5,
    "OAS_SWEEP_EVERY": 2,
}
OF_NOW = "--older-than=-60"  # gc leaves alone what is young: here nothing is
WORKER = ("-m", "celery", "-A", "glider.celery", "worker", "-Q", "glider", "-c", "1", "--without-gossip")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One of its own, in which files of a megabyte are large ones."""
    folder = tmp_path_factory.mktemp("split") / "stack"
    folder.mkdir()
    (folder / "settings").write_text("".join(f"{name}={value}\n" for name, value in SETTINGS.items()))
    stack = launch(folder, "--port", "0").wait_ready()
    yield stack
    stack.stop()


def environment(stack: LocalStack) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OAS_", "DJANGO_"))}
    return {**ours, **stack.env}


@pytest.fixture
def second(stack: LocalStack) -> Iterator[subprocess.Popen[bytes]]:
    """A Glider worker beside the one of the stack."""
    log = stack.folder / "logs" / "second.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, *WORKER, "-n", f"second-{secrets.token_hex(2)}"],
            cwd=ROOT, env=environment(stack), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    wait_for(lambda: b" ready." in log.read_bytes(), 60, "the second worker")
    yield worker
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGTERM)
    worker.wait(timeout=60)


def content() -> tuple[str, Decimal, list[int]]:
    """A file, its total, and the numbers of its bad lines (the header is line 1)."""
    salt, total, bad = secrets.randbelow(10**6), Decimal(0), []
    lines = []
    for n in range(1, LINES + 1):
        amount = "nothing" if n % BAD == 0 else f"{n % 7 - 1}.{salt:06}{n:06}"
        lines.append(f"2025-0{n % 2 + 6}|Spotify|Song {n % 500}|QZAAA25{n % 500:05}||1|{amount}")
        if n % BAD:
            total += Decimal(amount)
        else:
            bad.append(n + 1)
    return distrokid(*lines), total, bad


def sent(api: Api, text: str, folder: Path) -> int:
    path = folder / "big.tsv"
    path.write_text(text)
    file = int(api.create(path)["id"])
    api.upload(api.process(file, "upload")["presigned_url"], path)
    api.process(file, "clean")
    return file


def rejected(api: Api, file: int) -> list[int]:
    link = api.ask("GET", f"/api/files/salesfiles/{file}/rejects/")["url"]
    text = gzip.decompress(httpx.get(link, trust_env=False).content).decode()
    return [int(row["line"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", [False, True], ids=["both live", "one is killed"])
def test_a_file_in_parts_comes_to_what_it_says_line_by_line(
    killed: bool, stack: LocalStack, second: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    api = Api(stack.env["OAS_URL"], stack.env["OAS_API_KEY"])
    text, total, bad = content()
    file = sent(api, text, tmp_path)
    if killed:
        wait_for(lambda: works(second), 60, "the second worker to work")
        os.killpg(second.pid, signal.SIGKILL)
    done = final(api, {"id": file}, patience=200)
    assert (done["status"], done["status_cause"]) == ("FINALIZED", "")
    assert (done["accepted_rows"], done["rejected_rows"], done["skipped_rows"]) == (LINES - len(bad), len(bad), 0)
    assert (Decimal(done["total_local"]), rejected(api, file)) == (total, bad)
    assert parts_of(stack, file) > 4
    manage(stack, "verify_totals")
    if killed:
        manage(stack, "gc", OF_NOW)
    assert manage(stack, "gc", "--dry-run", OF_NOW).splitlines()[-1] == "Nothing is left over."


def works(worker: subprocess.Popen[bytes]) -> bool:
    """Whether a child of it holds a file of a job open: it is in the middle of a part."""
    children = psutil.Process(worker.pid).children(recursive=True)
    return any("/work/" in opened.path for child in children for opened in child.open_files())


def parts_of(stack: LocalStack, file: int) -> int:
    """Parts that were cleaned."""
    query = "SELECT result FROM salesfiles_job WHERE file_id = %s AND module = 'cleaning' AND state = 'SUCCEEDED'"
    with psycopg.connect(stack.env["OAS_DATABASE_URL"], autocommit=True) as connection:
        rows = connection.execute(query, [file]).fetchall()
    return int(rows[0][0]["cleaned_parts"])


def manage(stack: LocalStack, *words: str) -> str:
    """What it says. Raises CalledProcessError when it found something wrong."""
    command, said = [sys.executable, "manage.py", *words], environment(stack)
    done = subprocess.run(command, cwd=ROOT, env=said, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
