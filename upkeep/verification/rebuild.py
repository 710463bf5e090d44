"""Rebuild the totals over all files of an organisation, when `verify_totals` has found them to be wrong."""

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
    """Remove the totals over all files of `organisation`, and count its live files again, calling `done` for each.

    Returns how many files there were. All of it is one transaction: until it ends readers see the old totals, and files
    that are finalised or deleted meanwhile wait; the sweep continues those that waited too long. Raises StorageError.
    """
    # Files are locked before the scopes of the ledger, as everywhere, to avoid deadlocks.
    files = list(live_files(organisation).select_for_update(of=("self",)))
    _remove_totals(organisation)
    for file in files:
        job = finished_job(file.pk, Module.IMPORTER, file.live_revision or 0)
        ledger.apply([ledger.change_of(ledger_file(file), None, job)])
        done()
    return len(files)


def _remove_totals(organisation: Organisation) -> None:
    scopes = list(SummaryScope.objects.of(organisation).order_by("pk").select_for_update())
    for model in (SummaryEntry, SummaryGap, SummarySource):
        model.objects.filter(scope__in=scopes).delete()
    SummaryKey.objects.filter(organisation=organisation).delete()
    CountedFile.objects.of(organisation).delete()
    # Scopes stay, with the next version: ETags are made of it, and must not begin again.
    every = SummaryScope.objects.of(organisation)
    every.update(files=0, version=F("version") + 1, changed_at=timezone.now())
