"""What only a person decides: to accept numbers that do not tie, to stop a file that is on its way."""

from __future__ import annotations

from django.db import transaction

from glider.jobs import ImporterResult, Module
from salesfiles.errors import InvalidTransition
from salesfiles.models import JobState, SalesFile
from salesfiles.services.callbacks import fail, finalise, totals_of
from salesfiles.services.jobs import finished_job
from salesfiles.status import CANCELLABLE, Status


@transaction.atomic
def accept_after_review(*, file: SalesFile, actor: str) -> None:
    """PROCESSED → FINALIZED although its numbers do not tie. The checks stay as they are, for everybody to see."""
    now = SalesFile.lock(file.pk)
    if now.status != Status.PROCESSED:
        raise InvalidTransition.of(now, "acceptance after review")
    result = ImporterResult.model_validate(finished_job(now, Module.IMPORTER).result)
    finalise(now, actor=actor, cause="accepted_after_review", **totals_of(result))


@transaction.atomic
def cancel(*, file: SalesFile, actor: str) -> None:
    """A file in flight → FAILED; what Glider still does for it no longer counts."""
    now = SalesFile.lock(file.pk)
    if now.status not in CANCELLABLE:
        raise InvalidTransition.of(now, "cancel")
    if now.current_job is not None:
        now.current_job.close(JobState.CANCELLED)
    fail(now, cause="cancelled", message=f"Cancelled by {actor}.", actor=actor)
