"""What only a person decides: to accept numbers that do not tie, to stop a file that is on its way."""

from __future__ import annotations

from django.db import transaction

from salesfiles.errors import InvalidTransition
from salesfiles.models import JobState, SalesFile
from salesfiles.services.callbacks import fail
from salesfiles.services.finalising import finalise
from salesfiles.services.turns import give_turns_on_commit
from salesfiles.status import CANCELLABLE


def accept_after_review(*, file: SalesFile, actor: str) -> None:
    """PROCESSED → FINALIZED although its numbers do not tie. The checks stay as they are, for everybody to see."""
    if not finalise(file.pk, actor=actor, accepted=True):
        now = SalesFile.everything.get(pk=file.pk, deleted_at=None)
        raise InvalidTransition.of(now, "acceptance after review")


@transaction.atomic
def cancel(*, file: SalesFile, actor: str) -> None:
    """A file in flight → FAILED; what Glider still does for it no longer counts."""
    now = SalesFile.lock(file.pk)
    if now.status not in CANCELLABLE:
        raise InvalidTransition.of(now, "cancel")
    if now.current_job is not None:
        now.current_job.close(JobState.CANCELLED)
        give_turns_on_commit(now.current_job)
    fail(now, cause="cancelled", message=f"Cancelled by {actor}.", actor=actor)
