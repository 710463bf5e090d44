"""Workers killed with SIGKILL in the middle of a file: it is FINALIZED with its exact total, and no line is doubled."""

from __future__ import annotations

import os
import secrets
import signal
from contextlib import suppress
from decimal import Decimal
from typing import Any

import psutil
import pytest
from pymongo import MongoClient

from devstack.client import Api
from tests.e2e.conftest import Send, final
from tests.glider.driving import distrokid
from tests.session import LocalStack, wait_for

LINES = 400_000


def big_file() -> tuple[str, Decimal]:
    """Return the content of a file that takes long enough to be interrupted, and its total."""
    salt = secrets.randbelow(10**6)
    lines = [f"2025-0{n % 2 + 6}|Spotify|Song {n % 500}|QZAAA25{n % 500:05}||1|0.{salt:06}{n:06}" for n in range(LINES)]
    return distrokid(*lines), sum((Decimal(f"0.{salt:06}{n:06}") for n in range(LINES)), Decimal(0))


def kill(stack: LocalStack, service: str) -> None:
    """Kill the service and all its descendants at once."""
    main = psutil.Process(stack.pids()[service])
    for process in [main, *main.children(recursive=True)]:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("service", ["glider", "worker"])
@pytest.mark.parametrize("status", ["CLEANING", "PROCESSING"])
def test_a_worker_killed_in_the_middle_costs_nothing(
    service: str, status: str, stack: LocalStack, api: Api, send: Send
) -> None:
    content, total = big_file()
    file = send(content, "big.tsv")
    wait_for(lambda: api.file(file["id"])["status"] == status, 60, f"the file to be {status}")
    kill(stack, service)
    done = final(api, file, patience=150)
    assert (done["status"], done["total_rows"], Decimal(done["total_local"])) == ("FINALIZED", LINES, total)
    assert sorted(sales_of(stack, done)) == [("2025-06", LINES // 2), ("2025-07", LINES // 2)]


def sales_of(stack: LocalStack, file: dict[str, Any]) -> list[tuple[str, int]]:
    """Return period and number of lines of each `sales` document of the file."""
    with MongoClient[dict[str, Any]](stack.env["OAS_MONGO_URL"]) as client:
        found = client[stack.env.get("OAS_MONGO_DATABASE", "oas")]["sales"].find({"uuid": file["uuid"]})
        return [(document["period"], document["rows"]) for document in found]
