"""The sweep: what was lost on the way (a message, a notification, a worker) is found and carried on.

It may run twice at once. Rows are taken in the order in which they were last looked at, a limited number each time,
and one that cannot be handled does not stop the others.
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
from salesfiles.services.batching import CONTROL_TOTALS
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import clean, start_cleaning, start_importer
from salesfiles.services.purging import erase
from salesfiles.status import Status

ACTOR = "sweep"


def sweep() -> None:
    """One round over jobs and files. Raises RedisError: without leases it is not known what is lost."""
    sweep_jobs()
    sweep_files()
    dispatch_all()


def sweep_files() -> None:
    for files, what in ((_stuck(), _carry_on), (_not_activated(), _activate), (_deleted(), _erase)):
        for file in take(files, oldest="updated_at"):
            guarded(what, file)


def _stuck() -> models.QuerySet[SalesFile]:
    """Files between two modules for which nothing is under way."""
    old = timezone.now() - timedelta(seconds=config().sweep_after)
    between = Q(status__in=[Status.UPLOADED, Status.CLEANED, Status.REIMPORT])
    between |= Q(status=Status.PROCESSED) & ~Q(status_cause=CONTROL_TOTALS)
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
    unsettled = Q(activated_revision=None) | ~Q(activated_revision=F("live_revision"))
    return SalesFile.objects.unscoped().filter(unsettled, live_revision__isnull=False, deleted_at=None)


def _activate(file: SalesFile) -> None:
    activate(file.pk)


def _deleted() -> models.QuerySet[SalesFile]:
    return SalesFile.objects.unscoped().filter(deleted_at__isnull=False)


def _erase(file: SalesFile) -> None:
    erase(file.pk)
