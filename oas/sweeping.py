"""What the sweeps of all apps share: they take the rows swept longest ago, and no row stops the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from oas.api.refusals import Refused

log = structlog.get_logger(__name__)
MOST_ROWS: Final = 500
M = TypeVar("M", bound=models.Model)


@transaction.atomic
def take(rows: models.QuerySet[M], *, oldest: str) -> list[M]:
    """At most `MOST_ROWS` of `rows`, those not swept yet or swept longest ago first, then by the field `oldest`.

    Stamps their `swept_at`, so that the next round begins with others. Rows that another process has locked are at
    work: they are left out, and nothing waits for them.
    """
    order = F("swept_at").asc(nulls_first=True)
    free = rows.select_for_update(skip_locked=True, of=("self",))
    taken = list(free.order_by(order, oldest)[:MOST_ROWS])
    model: Any = rows.model
    model.everything.filter(pk__in=[row.pk for row in taken]).update(swept_at=timezone.now())
    return taken


def guarded(step: Callable[..., None], row: models.Model, **facts: Any) -> None:
    """Call `step(row, **facts)` and log what it raises, so that the other rows are swept as well.

    A `Refused` means that another process moved the row on; any other error is seen again in a later round.
    """
    try:
        step(row, **facts)
    except Refused as error:
        log.info("sweep_skipped", row=str(row.pk), reason=error.code)
    except SoftTimeLimitExceeded:
        # Celery ends the whole task, not this row.
        raise
    except Exception:
        log.exception("sweep_failed", row=str(row.pk), step=step.__name__)
