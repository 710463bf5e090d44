"""Transactions that are joined, broken constraints, and advisory locks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import Organisation
from oas.transactions import advisory_lock, advisory_session_lock, all_or_nothing, broken_constraint

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(step: Callable[[], None]) -> Exception | None:
    """Run `step` with a connection of its own that waits 200 ms for a lock; returns what it raised."""

    def run() -> Exception | None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            step()
        except OperationalError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


def take(name: str, id: int) -> Callable[[], None]:
    def step() -> None:
        with transaction.atomic():
            advisory_lock(name, id)

    return step


def take_for_session(name: str, id: int) -> Callable[[], None]:
    def step() -> None:
        with advisory_session_lock(name, id):
            pass

    return step


def test_all_of_a_block_is_undone_when_it_raises() -> None:
    def block() -> None:
        with all_or_nothing():
            Organisation.objects.create(name="Label A")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()
    assert not Organisation.objects.exists()


def test_a_block_in_a_transaction_makes_no_savepoint() -> None:
    with transaction.atomic():
        depth = len(connection.savepoint_ids)
        with all_or_nothing():
            assert (connection.in_atomic_block, len(connection.savepoint_ids)) == (True, depth)


def test_a_broken_constraint_is_named() -> None:
    Organisation.objects.create(name="Label A")
    with pytest.raises(IntegrityError) as raised:
        Organisation.objects.create(name="Label A")
    assert broken_constraint(raised.value) == "accounts_organisation_name_key"
    assert broken_constraint(IntegrityError()) == ""


def test_a_lock_is_held_until_the_transaction_ends() -> None:
    with transaction.atomic():
        advisory_lock("batch", 1)
        assert "lock timeout" in str(elsewhere(take("batch", 1)))
        assert elsewhere(take("batch", 2)) is None
        assert elsewhere(take("dispatch", 1)) is None
    assert elsewhere(take("batch", 1)) is None


def test_a_lock_of_a_session_is_held_until_its_block_ends_without_a_transaction() -> None:
    with advisory_session_lock("batch", 1):
        assert not connection.in_atomic_block
        assert "lock timeout" in str(elsewhere(take_for_session("batch", 1)))
        assert "lock timeout" in str(elsewhere(take("batch", 1)))
    assert elsewhere(take_for_session("batch", 1)) is None
