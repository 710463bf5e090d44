"""Count everything again, when `verify_totals` has found the totals over all files to be wrong."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import Module
from jobs.services.outbox import finished_job
from salesfiles.services.finalising import ledger_file
from totals.models import CountedFile, SummaryEntry, SummaryGap, SummaryKey, SummaryScope, SummarySource
from totals.services import ledger
from upkeep.verification.verify import live_files


@transaction.atomic
def rebuild(organisation: Organisation, *, done: Callable[[], object] = lambda: None) -> int:
    """Drop what is kept of an organisation and count its live files again; returns how many there were.

    One transaction: until it ends everybody reads the old totals, and files that are finalised or deleted meanwhile
    wait (the sweep carries on with those that waited too long). Files are locked before scopes, as everywhere.
    Raises StorageError.
    """
    files = list(live_files(organisation).select_for_update(of=("self",)))
    _forget(organisation)
    for file in files:
        job = finished_job(file.pk, Module.IMPORTER, file.live_revision or 0)
        ledger.apply([ledger.change_of(ledger_file(file), None, job)])
        done()
    return len(files)


def _forget(organisation: Organisation) -> None:
    scopes = list(SummaryScope.objects.of(organisation).order_by("pk").select_for_update())
    for model in (SummaryEntry, SummaryGap, SummarySource):
        model.objects.filter(scope__in=scopes).delete()
    SummaryKey.objects.filter(organisation=organisation).delete()
    CountedFile.objects.of(organisation).delete()
    every = SummaryScope.objects.of(organisation)
    every.update(files=0, version=F("version") + 1, changed_at=timezone.now())
