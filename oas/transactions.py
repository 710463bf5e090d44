"""Transactions, constraints and advisory locks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from django.db import Error, IntegrityError, connection, transaction

_KEY: Final = "hashtextextended(%s || ' ' || %s, 0)"


def all_or_nothing() -> AbstractContextManager[None]:
    """Open a transaction, or join the one that is under way.

    Unlike `transaction.atomic` it makes no savepoint, as those cost two statements each: a refusal has to come before
    anything is written, and after an error of the database the whole transaction is lost.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that PostgreSQL reports as broken; empty when it names none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or "")


def advisory_lock(name: str, id: int | str = "") -> None:
    """Hold the lock `name` (of `id`, where there is one for each) until the transaction ends.

    Waits for another holder; raises OperationalError after `oas.setting_values.LOCK_TIMEOUT`.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [name, str(id)])


@contextmanager
def advisory_session_lock(name: str, id: int | str = "") -> Iterator[None]:
    """Hold the lock `name` of `id` outside any transaction; it ends with the block, or with the connection.

    For work that waits for other services and must not keep a transaction open. Raises OperationalError like
    `advisory_lock`.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({_KEY})", [name, str(id)])
    try:
        yield
    finally:
        _unlock(name, str(id))


def _unlock(name: str, id: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name, id])
    except Error:
        # What was done under the lock is done. Closing the connection makes PostgreSQL release the lock.
        connection.close()
