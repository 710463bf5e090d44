"""Quotas of an organisation: sales files in flight, and bytes sent a day."""

from __future__ import annotations

from typing import Final

from accounts import quotas
from accounts.models import Organisation
from oas.api.refusals import QuotaReached
from oas.transactions import advisory_lock
from salesfiles.models import SalesFile
from salesfiles.status import WORKING

WAIT: Final = 30  # seconds until a client should ask again: some files will have ended


def check_files(organisation: Organisation, *, more: int = 1) -> None:
    """Raise `QuotaReached` when `more` files besides those in flight are too many for `organisation`."""
    most = quotas.most_files(organisation)
    # Rows up to the limit are enough to decide, however many there are.
    rows = SalesFile.objects.of(organisation).filter(status__in=WORKING)
    if rows.values("pk")[: most + 1].count() + more > most:
        text = f"Your organisation may have {most} sales files in flight at the same time: wait until some have ended."
        raise QuotaReached(text, limit="files_in_flight", most=most, wait=WAIT)


def check_files_locked(organisation: Organisation) -> None:
    """Raise `QuotaReached` when too many files are in flight, in the transaction that has put one in flight.

    Locks out other callers for the same organisation until that transaction ends.
    """
    # Of transactions that run at the same time, none sees the files of the others: the lock lets one count at a time.
    advisory_lock("files in flight", organisation.pk)
    check_files(organisation, more=0)


def take_bytes(organisation: Organisation, size: int) -> None:
    """Count `size` bytes for today (UTC). Raises `QuotaReached`, and counts nothing, when they are too many."""
    if not quotas.take_bytes(organisation, size):
        most = quotas.most_bytes(organisation)
        text = f"Your organisation may send {most} bytes a day (UTC): what is left of today does not hold this file."
        raise QuotaReached(text, limit="bytes_a_day", most=most, wait=quotas.seconds_of_day_left())
