"""What an organisation may have in work, and send: asked before anything is begun, and again where it counts."""

from __future__ import annotations

from typing import Final

from accounts import quotas
from accounts.models import Organisation
from oas.api.refusals import QuotaReached
from oas.transactions import advisory_lock
from salesfiles.models import SalesFile
from salesfiles.status import WORKING

WAIT: Final = 30  # seconds after which files in flight may have become fewer


def refuse_files(organisation: Organisation, *, more: int = 1) -> None:
    """Raises `QuotaReached` when `more` files would be too many in flight."""
    most = quotas.most_files(organisation)
    rows = SalesFile.objects.of(organisation).filter(status__in=WORKING)
    if rows.values("pk")[: most + 1].count() + more > most:
        text = f"Your organisation may have {most} sales files in flight at the same time: wait until some have ended."
        raise QuotaReached(text, limit="files_in_flight", most=most, wait=WAIT)


def hold_files(organisation: Organisation) -> None:
    """The same once a file is in flight, in the transaction that made it so: one at a time, so that the files of many
    at the same time are all counted."""
    advisory_lock("files in flight", organisation.pk)
    refuse_files(organisation, more=0)


def take_bytes(organisation: Organisation, size: int) -> None:
    """Raises `QuotaReached` when the day has no room for so many."""
    if not quotas.take_bytes(organisation, size):
        most = quotas.most_bytes(organisation)
        text = f"Your organisation may send {most} bytes a day (UTC): what is left of today does not hold this file."
        raise QuotaReached(text, limit="bytes_a_day", most=most, wait=quotas.seconds_of_day_left())
