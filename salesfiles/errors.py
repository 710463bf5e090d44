"""What a service refuses to do, in words for the user. The API turns these into its one error envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oas.api.refusals import NotThere, Refused

if TYPE_CHECKING:
    from salesfiles.models import SalesFile


class InvalidTransition(Refused):
    """The status does not allow this."""

    code = "invalid_transition"

    @classmethod
    def of(cls, file: SalesFile, wanted: str) -> InvalidTransition:
        """`facts`: the status now and the actions that `process` would take."""
        from salesfiles.status import actions_for

        actions = [str(action) for action in actions_for(file)]
        return cls(f"A sales file that is {file.status} does not take {wanted}.", status=file.status, actions=actions)


class LostRace(InvalidTransition):
    """Somebody else changed the status first."""


class UploadMissing(Refused):
    code = "upload_missing"


class UploadIncomplete(Refused):
    """`facts`: declared (the number given) and found (bytes)."""

    code = "upload_incomplete"


class DuplicateFile(Refused):
    """`facts`: first, the sales file that has this content already."""

    code = "duplicate_file"

    @classmethod
    def of(cls, first: SalesFile) -> DuplicateFile:
        text = f"The same content is already in sales file {first.pk} ({first.filename})."
        return cls(text, first={"id": first.pk, "filename": first.filename})


class SnapshotNotReady(NotThere):
    code = "snapshot_not_ready"


class NoRejects(NotThere):
    code = "no_rejects"


class ExchangeRateMissing(Refused):
    """`facts`: currency, to_currency, period."""

    code = "exchange_rate_missing"


class SeveralCurrencies(Refused):
    code = "several_currencies"


class StaleJob(Refused):
    """The job is not, or no longer, what the sales file waits for."""

    code = "stale_job"


class UnknownJob(NotThere):
    code = "unknown_job"


class ResultMissing(Refused):
    """The bell rang, but the job has left no result."""

    code = "result_missing"
