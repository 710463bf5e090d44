"""Refusals of the services of sales files, with sentences for the user. The API puts them into its error envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from oas.api.refusals import NotThere, Refused


class InvalidTransition(Refused):
    """The status of the sales file does not allow the request. `facts`: status, actions."""

    code = "invalid_transition"

    @classmethod
    def for_status(cls, wanted: str, *, status: str, actions: Sequence[str]) -> Self:
        """Return the error for `wanted`; `actions` are those that `process` takes while the file is `status`."""
        return cls(f"A sales file that is {status} does not take {wanted}.", status=status, actions=list(actions))


class LostRace(InvalidTransition):
    """Another process changed the row first. Clients see the same code, with the status as it is now."""


class UploadMissing(Refused):
    """S3 has no object under the key of the sales file."""

    code = "upload_missing"


class UploadIncomplete(Refused):
    """The object in S3 has another size than was declared. `facts`: declared (as given), found (bytes)."""

    code = "upload_incomplete"


class DuplicateFile(Refused):
    """Another sales file of the organisation has this content. `facts`: first, its id and file name."""

    code = "duplicate_file"

    @classmethod
    def naming(cls, id: int, filename: str) -> Self:
        """Return the error that names the first file, by its `id` and `filename`."""
        return cls(
            f"The same content is already in sales file {id} ({filename}).", first={"id": id, "filename": filename}
        )


class SnapshotNotReady(NotThere):
    """No revision of the sales file has totals yet. `facts`: status."""

    code = "snapshot_not_ready"


class NoRejects(NotThere):
    """No line of the sales file was rejected."""

    code = "no_rejects"


class ExchangeRateMissing(Refused):
    """No rate is given or known for a currency of the file. `facts`: currency, to_currency, period."""

    code = "exchange_rate_missing"


class SeveralCurrencies(Refused):
    """The file has several currencies: the one rate that was given is none for each, and not all are known."""

    code = "several_currencies"
