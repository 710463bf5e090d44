"""Transactions of the database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction


def all_or_nothing() -> AbstractContextManager[None]:
    """A transaction, or a part of the one that is under way.

    Unlike `transaction.atomic` it makes no savepoint, as those cost two statements each: a refusal is to come before
    anything is written, and after an error of the database the whole transaction is lost.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()
