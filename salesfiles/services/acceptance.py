"""Acceptance: what a person decides of a PROCESSED file that waits: it counts as it is, or in place of others."""

from __future__ import annotations

from salesfiles.choices import Waiting
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise, finalise_instead
from salesfiles.status import Status


def accept_after_review(*, file: SalesFile, actor: str) -> None:
    """PROCESSED → FINALIZED although something of `file` made it wait. Its checks stay visible as they are.

    Lines that other files hold too count twice then. If a file that `actor` was not told of overlaps by now, `file`
    waits on and names it. Raises `InvalidTransition`, StorageError.
    """
    if not finalise(file.pk, actor=actor, accepted=True):
        raise _now(file).refusal("acceptance after review")


def replace_overlapping(*, file: SalesFile, actor: str) -> None:
    """PROCESSED → FINALIZED in place of the files that `file` names as overlapping: they are deleted with it, or not.

    Raises `InvalidTransition`, also when one of those is being processed, StorageError.
    """
    now = _now(file)
    if (now.status, now.status_cause) != (Status.PROCESSED, Waiting.OVERLAPS):
        raise now.refusal("to replace others")
    if not finalise_instead(now, actor=actor):
        raise _now(file).refusal("to replace others")


def _now(file: SalesFile) -> SalesFile:
    return SalesFile.everything.select_related("organisation").get(pk=file.pk, deleted_at=None)
