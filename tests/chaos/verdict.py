"""The verdict on a run, once all work is done: nothing may be lost, doubled or left over."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import psycopg

from tests.chaos.senders import FILES, Record, Sender, Sent
from tests.chaos.stack import ChaosStack

REST_LIMIT = 240.0  # seconds until all work must be done
# Open jobs, files being deleted, live revisions that are not activated yet, files in flight.
OPEN = """
SELECT (SELECT count(*) FROM jobs_job WHERE state IN ('QUEUED', 'RUNNING')),
       (SELECT count(*) FROM salesfiles_salesfile WHERE deleted_at IS NOT NULL),
       (SELECT count(*) FROM salesfiles_salesfile
        WHERE live_revision IS NOT NULL AND activated_revision IS DISTINCT FROM live_revision),
       (SELECT count(*) FROM salesfiles_salesfile WHERE status NOT IN
        ('INITIALIZED', 'UPLOADING', 'FINALIZED', 'FAILED'))
"""


@dataclass
class Verdict:
    """Counts of files and lines. `problems` has a sentence for everything that is not as it must be."""

    files: int = 0
    finalized: int = 0
    deleted: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    leftovers: str = ""
    at_rest_after: float = 0.0
    problems: list[str] = field(default_factory=list)


def judge(stack: ChaosStack, record: Record, client: Sender) -> Verdict:
    """Wait until no work is open, then compare API, lake, summary and commands with what was sent."""
    verdict = Verdict(problems=list(record.problems))
    verdict.at_rest_after = _wait_for_rest(stack, verdict)
    files = {sent.uuid: (sent, _file(client, sent)) for sent in record.sent if sent.accepted}
    verdict.files = len(files)
    for sent, file in files.values():
        _count(verdict, sent, file)
    live = {uuid: sent for uuid, (sent, file) in files.items() if file and file["status"] == "FINALIZED"}
    _lines(stack, verdict, live)
    _summary(client, verdict, live)
    _commands(stack, verdict)
    return verdict


def _wait_for_rest(stack: ChaosStack, verdict: Verdict) -> float:
    started = time.monotonic()
    open_work: Any = None
    while time.monotonic() < started + REST_LIMIT:
        try:
            with stack.database() as connection:
                open_work = connection.execute(OPEN).fetchone()
        except psycopg.Error:
            open_work = None
        if open_work is not None and not any(open_work):
            return time.monotonic() - started
        time.sleep(0.5)
    verdict.problems.append(f"not at rest: (open jobs, deleted, not activated, in flight) = {open_work}")
    return time.monotonic() - started


def _file(client: Sender, sent: Sent) -> dict[str, Any]:
    """Return the file as the API has it; empty when it is gone."""
    answer = client.ask("GET", f"{FILES}{sent.id}/", ok=(200, 404))
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found


def _count(verdict: Verdict, sent: Sent, file: dict[str, Any]) -> None:
    where = f"sales file {sent.id}"
    if not file:
        verdict.deleted += 1
        _expect(verdict, f"{where} is gone", sent.deleted, True)
        return
    _expect(verdict, f"{where} is there", sent.deleted, False)
    if file["status"] == "FAILED":
        verdict.failed[file["status_cause"] or "(no reason)"] += 1
        _expect(verdict, f"{where} has a reason", bool(file["status_cause"] and file["error_message"]), True)
        return
    _expect(verdict, f"{where}: status", file["status"], "FINALIZED")
    if file["status"] == "FINALIZED":
        verdict.finalized += 1
        _expect(verdict, f"{where}: lines", file["total_rows"], sent.rows)
        _expect(verdict, f"{where}: total", Decimal(file["total_local"]), sent.total)


def _lines(stack: ChaosStack, verdict: Verdict, live: dict[str, Sent]) -> None:
    code, text = stack.module("tests.chaos.lake")
    if code:
        verdict.problems.append(f"the lake could not be read: {text[-500:]}")
        return
    found = json.loads(text)
    for uuid, sent in live.items():
        lines = found.pop(uuid, {"lines": 0, "distinct": 0, "net": "0"})
        verdict.lost += max(0, sent.rows - lines["distinct"])
        verdict.doubled += lines["lines"] - lines["distinct"]
        _expect(verdict, f"sales file {sent.id}: net in the lake", Decimal(lines["net"]), sent.total)
    _expect(verdict, "sales of files that do not count", sorted(found), [])


def _summary(client: Sender, verdict: Verdict, live: dict[str, Sent]) -> None:
    found = client.ask("GET", "/api/sales/summary/").json()
    _expect(verdict, "files in the summary", found["files"], len(live))
    total = sum((sent.total for sent in live.values()), Decimal(0))
    _expect(verdict, "total of the summary", Decimal(found["total_gross_exact"]), total)


def _commands(stack: ChaosStack, verdict: Verdict) -> None:
    for words in (("verify_totals",), ("gc", "--older-than=-60")):
        code, text = stack.manage(*words)
        if code:
            verdict.problems.append(f"{words[0]}: exit code {code}: {text[-1500:]}")
        elif words[0] == "gc":
            verdict.leftovers = text.strip().splitlines()[-1]
    code, text = stack.manage("gc", "--dry-run", "--older-than=-60")
    _expect(verdict, "gc --dry-run after gc", (code, text.strip().splitlines()[-1:]), (0, ["Nothing is left over."]))
    code, text = stack.manage("verify_totals")
    _expect(verdict, f"verify_totals after gc ({text[-300:] if code else ''})", code, 0)


def _expect(verdict: Verdict, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        verdict.problems.append(f"{what}: {found}, expected {wanted}")


def wait_for_web(url: str, limit: float = 60) -> None:
    """Wait until /readyz finds every service. Raises TimeoutError after `limit` seconds."""
    _poll(lambda: httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200, limit)


def _poll(condition: Callable[[], bool], limit: float) -> None:
    until = time.monotonic() + limit
    while time.monotonic() < until:
        try:
            if condition():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise TimeoutError(f"not every service is ready after {limit:g} seconds")
