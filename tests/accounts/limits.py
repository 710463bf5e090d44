"""Limits of an organisation, and calls that meet them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from accounts.models import Organisation
from oas.api.refusals import QuotaReached


def limit(organisation: Organisation, **most: int) -> Organisation:
    for name, number in most.items():
        setattr(organisation, name, number)
    organisation.save()
    return organisation


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Return what each call returned, or the limit that refused it."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return call()
        except QuotaReached as refused:
            return refused.facts["limit"]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]
