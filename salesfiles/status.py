"""The status machine of a sales file: the ten statuses, which change is allowed, and what may be asked for when."""

from __future__ import annotations

from django.db.models import TextChoices


class Status(TextChoices):
    INITIALIZED = "INITIALIZED"
    UPLOADING = "UPLOADING"
    UPLOADED = "UPLOADED"
    CLEANING = "CLEANING"
    CLEANED = "CLEANED"
    PROCESSING = "PROCESSING"
    PROCESSED = "PROCESSED"
    FINALIZED = "FINALIZED"
    FAILED = "FAILED"
    REIMPORT = "REIMPORT"


# PROCESSED is not in flight: all that Glider had to do is done, and its numbers either tie (FINALIZED) or wait for
# somebody to accept them or to reimport. A file that failed after cleaning goes through REIMPORT as well.
ALLOWED: dict[Status, frozenset[Status]] = {
    Status.INITIALIZED: frozenset({Status.UPLOADING}),
    Status.UPLOADING: frozenset({Status.UPLOADED, Status.FAILED}),
    Status.UPLOADED: frozenset({Status.CLEANING, Status.FAILED}),
    Status.CLEANING: frozenset({Status.CLEANED, Status.FAILED}),
    Status.CLEANED: frozenset({Status.PROCESSING, Status.FAILED}),
    Status.PROCESSING: frozenset({Status.PROCESSED, Status.FAILED}),
    Status.PROCESSED: frozenset({Status.FINALIZED, Status.REIMPORT}),
    Status.FINALIZED: frozenset({Status.REIMPORT}),
    Status.FAILED: frozenset({Status.UPLOADING, Status.REIMPORT}),
    Status.REIMPORT: frozenset({Status.CLEANING, Status.FAILED}),
}

AT_REST = frozenset(
    {Status.INITIALIZED, Status.UPLOADING, Status.UPLOADED, Status.PROCESSED, Status.FINALIZED, Status.FAILED}
)
WORKING = frozenset(Status) - AT_REST  # Glider, or the sweep, is about to move the file on
CANCELLABLE = frozenset(status for status, targets in ALLOWED.items() if Status.FAILED in targets)


class Action(TextChoices):
    """What `process` takes."""

    UPLOAD = "upload"
    COMPLETE = "complete"
    ABORT = "abort"
    CLEAN = "clean"
    IMPORT = "import"
    REIMPORT = "reimport"


ACTIONS: dict[Status, tuple[Action, ...]] = {
    Status.INITIALIZED: (Action.UPLOAD,),
    Status.UPLOADING: (Action.UPLOAD, Action.CLEAN, Action.IMPORT),
    Status.UPLOADED: (Action.CLEAN, Action.IMPORT),
    Status.CLEANED: (Action.IMPORT,),
    Status.PROCESSED: (Action.REIMPORT,),
    Status.FINALIZED: (Action.REIMPORT,),
    Status.FAILED: (Action.UPLOAD,),
}
