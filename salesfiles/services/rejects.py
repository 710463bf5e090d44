"""The lines that could not be taken over, as a CSV with number, reason and the line as it was."""

from __future__ import annotations

from oas.kernel.storage import storage
from salesfiles.errors import NoRejects
from salesfiles.models import SalesFile

LINK_SECONDS = 15 * 60


def rejects_link(file: SalesFile) -> str:
    """A link for 15 minutes. Raises `NoRejects`."""
    if not file.rejects_key:
        raise NoRejects("No line of this sales file was rejected.")
    return storage().presigned_get(file.rejects_key, expires=LINK_SECONDS, filename=f"{file.uuid}-rejects.csv.gz")
