"""What a service refuses to do, in words for the user. The API turns these into its one error envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from oas.api.refusals import NotThere, Refused


class InvalidTransition(Refused):
    """The status does not allow this."""

    code = "invalid_transition"

    @classmethod
    def of(cls, wanted: str, *, status: str, actions: Sequence[str]) -> Self:
        """`actions`: what `process` would take while the file is `status`."""
        return cls(f"A sales file that is {status} does not take {wanted}.", status=status, actions=list(actions))


class LostRace(InvalidTransition):
    """Another process changed the status first."""


class UploadMissing(Refused):
    code = "upload_missing"


class UploadIncomplete(Refused):
    """`facts`: declared (the number given) and found (bytes)."""

    code = "upload_incomplete"


class DuplicateFile(Refused):
    """`facts`: first, the sales file that has this content already."""

    code = "duplicate_file"

    @classmethod
    def of(cls, id: int, filename: str) -> Self:
        """`id` and `filename` are those of the first file."""
        return cls(
            f"The same content is already in sales file {id} ({filename}).", first={"id": id, "filename": filename}
        )


class SnapshotNotReady(NotThere):
    code = "snapshot_not_ready"


class NoRejects(NotThere):
    code = "no_rejects"


class ExchangeRateMissing(Refused):
    """`facts`: currency, to_currency, period."""

    code = "exchange_rate_missing"


class SeveralCurrencies(Refused):
    code = "several_currencies"
