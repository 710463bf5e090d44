"""The status machine of a sales file: ten statuses, the changes allowed, and the actions `process` takes in each."""

from __future__ import annotations

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a sales file stands. The values are public."""

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


# PROCESSED is not in flight: Glider has done its work, and the numbers either tie (FINALIZED follows) or wait for a
# person who accepts or reimports them. A file that failed after cleaning goes through REIMPORT as well.
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
WORKING = frozenset(Status) - AT_REST  # in flight: Glider, or the sweep, will move the file on
CANCELLABLE = frozenset(status for status, targets in ALLOWED.items() if Status.FAILED in targets)


class Action(TextChoices):
    """What a client may ask `process` to do."""

    UPLOAD = "upload"
    COMPLETE = "complete"
    ABORT = "abort"
    CLEAN = "clean"
    IMPORT = "import"
    REIMPORT = "reimport"
    ACCEPT = "accept"
    REPLACE = "replace"


# The actions that follow from the status alone; `SalesFile.actions` adds those that depend on other fields.
ACTIONS: dict[Status, tuple[Action, ...]] = {
    Status.INITIALIZED: (Action.UPLOAD,),
    Status.UPLOADING: (Action.UPLOAD, Action.CLEAN, Action.IMPORT),
    Status.UPLOADED: (Action.CLEAN, Action.IMPORT),
    Status.CLEANED: (Action.IMPORT,),
    Status.PROCESSED: (Action.REIMPORT,),
    Status.FINALIZED: (Action.REIMPORT,),
    Status.FAILED: (Action.UPLOAD,),
}
