"""The count of changes of a catalogue. Each change is followed, seconds later, by a new published copy in S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from catalogue.choices import Task
from catalogue.errors import saving
from catalogue.models import CatalogueState
from oas.tasks import send

DEBOUNCE = 10.0  # seconds in which further changes join the same copy
REQUESTED_AGAIN = timedelta(minutes=2)  # after which a message that requested a copy counts as lost

_COUNT = """
INSERT INTO catalogue_cataloguestate AS state (organisation_id, change, changed_at, published_change)
VALUES (%s, 1, %s, -1)
ON CONFLICT (organisation_id) DO UPDATE SET change = state.change + 1, changed_at = excluded.changed_at
"""


@contextmanager
def changing(organisation_id: int) -> Iterator[None]:
    """Run one transaction that counts as one change. Raises `BadValue` and `Gone` as `saving` does."""
    with saving():
        yield
        note_change(organisation_id)


def note_change(organisation_id: int) -> None:
    """Count one change in the caller's transaction, and request a copy after its commit."""
    # Called last in a transaction: it locks the organisation's row until the commit, and other changes wait for it.
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [organisation_id, timezone.now()])
    transaction.on_commit(lambda: request_copy(organisation_id), robust=True)


def request_copy(organisation_id: int, now: datetime | None = None) -> bool:
    """Request a copy of an unpublished change. Idempotent: of several calls at once, one sends the task.

    Returns True if this call sent it, False if it had been requested, was not needed, or the broker is down.
    """
    now = now or timezone.now()
    unrequested = Q(queued_at=None) | Q(queued_at__lt=now - REQUESTED_AGAIN)
    unpublished = CatalogueState.objects.filter(unrequested, pk=organisation_id, change__gt=F("published_change"))
    return unpublished.update(queued_at=now) == 1 and send(Task.PUBLISH, organisation_id, delay=DEBOUNCE)


def begin_copy(organisation_id: int) -> None:
    """Note that a copy is being made, so that changes from now on request the next one."""
    CatalogueState.objects.filter(pk=organisation_id).update(queued_at=None)


def overdue(now: datetime | None = None) -> list[int]:
    """Return up to 100 organisations whose last change is unpublished, and older than a message about it can be."""
    old = (now or timezone.now()) - REQUESTED_AGAIN
    late = CatalogueState.objects.filter(change__gt=F("published_change"), changed_at__lte=old)
    return list(late.order_by("changed_at").values_list("pk", flat=True)[:100])
