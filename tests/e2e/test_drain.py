"""Workers that a deploy ends, and a Redis that forgets everything: nothing is lost, nothing is done twice."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

import psutil
import psycopg
import pytest
import redis

from devstack.client import Api
from tests.e2e.conftest import Send, final
from tests.e2e.test_kill import LINES, big_file
from tests.glider.driving import distrokid
from tests.session import LocalStack, wait_for


def jobs_of(stack: LocalStack, file: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return module, state and number of attempts of each job of `file`."""
    query = "SELECT module, state, attempts FROM jobs_job WHERE file_id = %s ORDER BY created_at"
    with psycopg.connect(stack.env["OAS_DATABASE_URL"], autocommit=True) as connection:
        return list(connection.execute(query, [file["id"]]).fetchall())


@pytest.mark.timeout(240)
def test_a_worker_that_is_asked_to_end_finishes_its_job_first(stack: LocalStack, api: Api, send: Send) -> None:
    content, total = big_file()
    file = send(content, "drained.tsv")
    wait_for(lambda: (api.file(file["id"])["progress"] or {}).get("rows"), 60, "the job to be at work")
    worker = psutil.Process(stack.pids()["glider"])
    worker.terminate()
    done = final(api, file, patience=150)
    assert (done["status"], done["total_rows"], Decimal(done["total_local"])) == ("FINALIZED", LINES, total)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert jobs_of(stack, file)[0] == ("cleaning", "SUCCEEDED", 1)  # finished by the worker that began it


@pytest.mark.timeout(240)
def test_a_redis_that_forgets_everything_loses_nothing(stack: LocalStack, api: Api, send: Send) -> None:
    contents = [distrokid(f"2025-07|Spotify|S|||1|0.{secrets.randbelow(10**16):016}") for _ in range(8)]
    files = []
    with redis.Redis.from_url(stack.env["OAS_REDIS_URL"]) as broker:
        for content in contents:
            files.append(send(content, "flushed.tsv"))
            broker.flushall()
    done = [final(api, file, patience=120) for file in files]
    assert [file["status"] for file in done] == ["FINALIZED"] * len(files)
    assert [file["total_rows"] for file in done] == [1] * len(files)
