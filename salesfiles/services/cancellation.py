"""Cancelling: a person stops a file that is on its way."""

from __future__ import annotations

from django.db import transaction

from jobs.services.outbox import cancel as cancel_job
from salesfiles.models import SalesFile
from salesfiles.services.job_results import fail
from salesfiles.status import CANCELLABLE


@transaction.atomic
def cancel(*, file: SalesFile, actor: str) -> None:
    """Move `file` to FAILED from any of the statuses `CANCELLABLE`. A result that Glider still leaves is not applied.

    Raises `InvalidTransition`.
    """
    # The file is locked before its job, as everywhere, to avoid deadlocks.
    now = SalesFile.lock(file.pk)
    if now.status not in CANCELLABLE:
        raise now.refusal("cancel")
    if now.current_job is not None:
        cancel_job(now.current_job)
    fail(now, cause="cancelled", message=f"Cancelled by {actor}.", actor=actor)
