"""Links to a report. Each works for 24 hours and then stops by itself; it cannot be revoked before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from oas.kernel.storage import storage
from reports.choices import Status
from reports.errors import NotReady
from reports.models import Report

LINK_LASTS = timedelta(hours=24)


def new_link(*, report: Report) -> Report:
    """Make a new link and save it on `report`. Earlier links go on working. Raises `NotReady`."""
    if report.status != Status.READY:
        raise NotReady(f"There is nothing to download: the report is {report.status}.", status=report.status)
    fields = link_fields(report)
    Report.everything.filter(pk=report.pk).update(**fields)
    for name, value in fields.items():
        setattr(report, name, value)
    return report


def link_fields(report: Report, lasts: timedelta = LINK_LASTS) -> dict[str, Any]:
    """Return the fields `url` and `url_expires_at` of a new link that works for `lasts`.

    A link is signed here: S3 is not asked, so it need not be up.
    """
    # Signatures count from the full second: with microseconds the row would promise more than the link keeps.
    expires_at = timezone.now().replace(microsecond=0) + lasts
    url = storage().presigned_get(report.key, expires=int(lasts.total_seconds()), filename=report.filename)
    return {"url": url, "url_expires_at": expires_at}
