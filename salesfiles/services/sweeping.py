"""The sweep: find sales files and jobs whose message, notification or worker was lost, and continue them.

It may run at the same time as itself. Each round takes a limited number of rows, those looked at longest ago first,
and a row that fails does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from jobs.services.dispatch import dispatch_all
from jobs.services.sweeping import sweep_jobs
from oas.kernel.config import config
from oas.sweeping import guarded, take
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from salesfiles.services.open_links import look_at, with_open_links
from salesfiles.services.processing import clean, start_cleaning, start_importer
from salesfiles.services.purging import purge_file
from salesfiles.status import Status

ACTOR = "sweep"


def sweep() -> None:
    """Do one round over jobs and files. Raises RedisError: without leases it is not known which jobs are lost."""
    # Jobs first, as the result of a job that is found moves its file on; last the dispatch, for what both have opened.
    sweep_jobs()
    sweep_files()
    dispatch_all()


def sweep_files() -> None:
    """Continue files that are stuck, activate revisions that are not, purge deleted files, and look at open links."""
    steps = (
        (_stuck(), _carry_on),
        (_not_activated(), _activate),
        (_deleted(), _purge),
        (with_open_links(), look_at),
    )
    for files, step in steps:
        for file in take(files, oldest="updated_at"):
            guarded(step, file)


def _stuck() -> models.QuerySet[SalesFile]:
    """Return files between two modules that no job or task has moved on for `OAS_SWEEP_AFTER` seconds."""
    old = timezone.now() - timedelta(seconds=config().sweep_after)
    between = Q(status__in=[Status.UPLOADED, Status.CLEANED, Status.REIMPORT])
    # A PROCESSED file with any cause, also one of a newer version, waits for a person.
    between |= Q(status=Status.PROCESSED, status_cause="")
    return SalesFile.objects.unscoped().filter(between, deleted_at=None, updated_at__lte=old)


def _carry_on(file: SalesFile) -> None:
    steps: dict[str, Callable[[], object]] = {
        Status.UPLOADED: lambda: clean(file=file, actor=ACTOR),
        Status.REIMPORT: lambda: start_cleaning(file, actor=ACTOR),
        Status.CLEANED: lambda: start_importer(file, actor=ACTOR),
        Status.PROCESSED: lambda: _finalise(file),
    }
    steps[file.status]()


def _finalise(file: SalesFile) -> None:
    finalise(file.pk, actor=ACTOR)


def _not_activated() -> models.QuerySet[SalesFile]:
    not_activated = Q(activated_revision=None) | ~Q(activated_revision=F("live_revision"))
    return SalesFile.objects.unscoped().filter(not_activated, live_revision__isnull=False, deleted_at=None)


def _activate(file: SalesFile) -> None:
    activate(file.pk)


def _deleted() -> models.QuerySet[SalesFile]:
    return SalesFile.objects.unscoped().filter(deleted_at__isnull=False)


def _purge(file: SalesFile) -> None:
    purge_file(file.pk)
