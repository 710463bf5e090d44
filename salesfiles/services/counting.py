"""Whoever keeps totals over all sales files says so here, and changes them in the transaction that changes what counts.

In two steps, so that no transaction waits for S3: `prepare` reads what there is to read of a file, `apply` writes it,
for one file or for several at once. That one is called with the sales files locked, when they are FINALIZED, or when
one is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from salesfiles.models import Job, SalesFile

Prepared = tuple[Any, ...]  # what each keeper prepared


@dataclass(frozen=True)
class Keeper:
    """`prepare` is asked about every file: what its job (an importer's) found counts; None: nothing. What it returns
    is given to `apply`, with the file."""

    prepare: Callable[[SalesFile, Job | None], Any]
    apply: Callable[[Sequence[tuple[SalesFile, Any]]], None]


_KEEPERS: list[Keeper] = []


class Outdated(Exception):
    """What counted of a file has changed since `prepare` looked: prepare again."""


def keep_with(keeper: Keeper) -> None:
    if keeper not in _KEEPERS:
        _KEEPERS.append(keeper)


def prepared(file: SalesFile, job: Job | None) -> Prepared:
    """Raises StorageError."""
    return tuple(keeper.prepare(file, job) for keeper in _KEEPERS)


def apply(files: Sequence[tuple[SalesFile, Prepared]]) -> None:
    """Count them, each as it was prepared; of one organisation, and locked. Raises `Outdated`: nothing is to stay."""
    for n, keeper in enumerate(_KEEPERS):
        keeper.apply([(file, each[n]) for file, each in files])
