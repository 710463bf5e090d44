"""Counting changes: every one is followed, a little later, by a new copy of the catalogue in S3."""

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
ASKED_AGAIN = timedelta(minutes=2)  # when a message that asked for a copy is taken for lost

_COUNT = """
INSERT INTO catalogue_cataloguestate AS state (organisation_id, change, changed_at, published_change)
VALUES (%s, 1, %s, -1)
ON CONFLICT (organisation_id) DO UPDATE SET change = state.change + 1, changed_at = excluded.changed_at
"""


@contextmanager
def changing(organisation_id: int) -> Iterator[None]:
    """One transaction that counts as one change. Raises as `saving` does."""
    with saving():
        yield
        note_change(organisation_id)


def note_change(organisation_id: int) -> None:
    """Called last in the transaction of a change: it locks the organisation's row until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [organisation_id, timezone.now()])
    transaction.on_commit(lambda: ask(organisation_id), robust=True)


def ask(organisation_id: int, now: datetime | None = None) -> bool:
    """Ask for a copy, unless that has been done; of several at once, one does."""
    now = now or timezone.now()
    nobody = Q(queued_at=None) | Q(queued_at__lt=now - ASKED_AGAIN)
    behind = CatalogueState.objects.filter(nobody, pk=organisation_id, change__gt=F("published_change"))
    return behind.update(queued_at=now) == 1 and send(Task.PUBLISH, organisation_id, delay=DEBOUNCE)


def begin(organisation_id: int) -> None:
    """A copy is being made: changes from now on ask for the next one."""
    CatalogueState.objects.filter(pk=organisation_id).update(queued_at=None)


def left_behind(now: datetime | None = None) -> list[int]:
    """Organisations whose last change is older than any message about it would be."""
    old = (now or timezone.now()) - ASKED_AGAIN
    late = CatalogueState.objects.filter(change__gt=F("published_change"), changed_at__lte=old)
    return list(late.order_by("changed_at").values_list("pk", flat=True)[:100])
