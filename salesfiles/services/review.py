"""What only a person decides: to accept numbers that do not tie, to stop a file that is on its way."""

from __future__ import annotations

from django.db import transaction

from jobs.services.outbox import cancel as cancel_job
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from salesfiles.services.job_results import fail
from salesfiles.status import CANCELLABLE


def accept_after_review(*, file: SalesFile, actor: str) -> None:
    """PROCESSED → FINALIZED although its numbers do not tie. The checks stay as they are, for everybody to see."""
    if not finalise(file.pk, actor=actor, accepted=True):
        now = SalesFile.everything.get(pk=file.pk, deleted_at=None)
        raise now.refusal("acceptance after review")


@transaction.atomic
def cancel(*, file: SalesFile, actor: str) -> None:
    """A file in flight → FAILED; what Glider still does for it no longer counts."""
    now = SalesFile.lock(file.pk)
    if now.status not in CANCELLABLE:
        raise now.refusal("cancel")
    if now.current_job is not None:
        cancel_job(now.current_job)
    fail(now, cause="cancelled", message=f"Cancelled by {actor}.", actor=actor)
