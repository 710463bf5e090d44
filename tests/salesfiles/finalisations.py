"""Files that wait to be finalised, and what the ledger then counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection, connections

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.totals.driving import (
    Expected,
    answer,
    at_once,
    waiting,
)  # fmt: skip
from totals.models import SummaryScope
from upkeep.verification.verify import verify


def wait_all(organisation: Organisation, *contents: str) -> list[SalesFile]:
    return [waiting(organisation, content) for content in contents]


def statuses(*files: SalesFile) -> list[str]:
    for file in files:
        file.refresh_from_db()
    return [file.status for file in files]


def changes(organisation: Organisation) -> int:
    """How often the totals over all files were written."""
    return sum(SummaryScope.objects.of(organisation).filter(batch=None).values_list("version", flat=True))


def is_right(organisation: Organisation, *contents: str) -> bool:
    """By the csv module, and by adding up everything that is in the lake."""
    found, expected = answer(organisation), Expected.of(*contents)
    figures = (found["files"], found["tracks"], found["releases"], Decimal(found["total_gross_exact"]))
    assert figures == (len(contents), expected.tracks, expected.releases, expected.total)
    assert verify(organisation).differences == []
    return True


def in_background(*steps: Callable[[], Any]) -> Callable[[], list[Any]]:
    """Starts them; the result waits for what they return."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.extend(at_once(*steps)))
    thread.start()

    def result() -> list[Any]:
        thread.join(timeout=60)
        connections.close_all()
        return found

    return result


def waiting_for_a_lock() -> int:
    """How many connections wait for an advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return int(cursor.fetchone()[0])
