"""The totals over all files with every worker running: exact once a file is FINALIZED, and after a deletion."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from decimal import Decimal
from typing import Any

from devstack.client import Api
from tests.e2e.conftest import Send, final
from tests.glider.driving import distrokid
from tests.session import ROOT, LocalStack

ADDRESS = "/api/sales/summary/"


def content_of(tracks: range) -> str:
    """Return a file of tracks that files share, with amounts that no other file has."""
    salt = secrets.randbelow(10**6)
    return distrokid(
        *[f"2025-0{n % 3 + 1}|Spotify|Song {n}|QZSUM25{n:05}||1|{n}.{salt:06}{n:06}" for n in tracks],
    )


def total(found: dict[str, Any]) -> Decimal:
    return Decimal(found["total_gross_exact"])


def test_files_that_come_at_once_are_in_the_summary_when_they_are_finalized(api: Api, send: Send) -> None:
    before = api.ask("GET", ADDRESS)
    sent = [send(content_of(range(n * 100, n * 100 + 300)), f"sum-{n}.tsv") for n in range(4)]
    files = [final(api, file) for file in sent]
    assert {file["status"] for file in files} == {"FINALIZED"}
    found = api.ask("GET", ADDRESS)
    assert found["files"] - before["files"] == 4
    assert found["tracks"] - before["tracks"] == 600
    assert total(found) - total(before) == sum(Decimal(file["total_local"]) for file in files)
    api.ask("DELETE", f"/api/files/salesfiles/{files[0]['id']}/")
    now = api.ask("GET", ADDRESS)
    assert (found["tracks"] - now["tracks"], found["files"] - now["files"]) == (100, 1)
    assert total(found) - total(now) == Decimal(files[0]["total_local"])


def test_everything_the_stack_has_counted_so_far_verifies(stack: LocalStack, api: Api, send: Send) -> None:
    final(api, send(content_of(range(50)), "one-more.tsv"))
    command = [sys.executable, str(ROOT / "manage.py"), "verify_totals"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OAS_")}
    ended = subprocess.run(
        command, env=environment | stack.env, capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "are equal to what their lines add up to." in ended.stdout
