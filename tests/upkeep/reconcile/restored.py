"""A restore in which something is older or gone, and what `manage.py reconcile` prints."""

from __future__ import annotations

import io

from django.core.management import call_command

from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.storage import storage
from salesfiles.models import SalesFile, StatusChange
from totals.models import CountedFile, SummaryEntry, SummaryKey, SummaryScope


def reconciled() -> str:
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    return out.getvalue()


def forget(file: SalesFile) -> None:
    """As if the row had never been: the database is from before it."""
    Job.everything.filter(file=file).delete()
    StatusChange.everything.filter(file=file).delete()
    counted = CountedFile.everything.filter(file=file)
    scopes = SummaryScope.objects.of(file.organisation_id)
    SummaryEntry.objects.filter(scope__in=scopes).delete()
    SummaryKey.objects.filter(organisation=file.organisation_id).delete()
    counted.delete()
    SalesFile.everything.filter(pk=file.pk).delete()


def lose_sales(file: SalesFile) -> None:
    for folder in (object_keys.sales_folder(file.organisation_id), object_keys.totals_folder(file.organisation_id)):
        storage().delete(*[item.key for item in storage().list(folder) if file.uuid in item.key])
