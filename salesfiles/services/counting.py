"""Whoever keeps totals over all sales files says so here, and changes them in the transaction that changes what counts.

In two steps, so that no transaction waits for S3: `prepare` reads what there is to read, the function it returns
writes. That one is called with the sales file locked, when it is FINALIZED, or when it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable

from salesfiles.models import Job, SalesFile

Apply = Callable[[SalesFile], None]
Prepare = Callable[[SalesFile, Job | None], Apply]
_KEEPERS: list[Prepare] = []


class Outdated(Exception):
    """What counted of the file has changed since `prepare` looked: prepare again."""


def keep_with(prepare: Prepare) -> None:
    """`prepare` is asked about every file from now on: what its job (an importer's) found counts; None: nothing."""
    if prepare not in _KEEPERS:
        _KEEPERS.append(prepare)


def prepared(file: SalesFile, job: Job | None) -> Apply:
    """Raises StorageError."""
    steps = [prepare(file, job) for prepare in _KEEPERS]

    def apply(locked: SalesFile) -> None:
        for step in steps:
            step(locked)

    return apply
