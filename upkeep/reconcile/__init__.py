"""After a restore: PostgreSQL, S3 and MongoDB are of different moments, and are brought together again.

The uploaded content is the truth, the database says what should have been made of it. What is missing is made again
from the content; where that is gone too the sales file fails with a reason. Every step is told. Run twice, the second
time finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import Organisation
from upkeep.reconcile import adopt, copies, files, strangers

Say = Callable[[str], object]


def reconcile(say: Say) -> int:
    """Returns how many things were mended. Raises StorageError, DocumentsError: run it again when all parts are up."""
    told = 0

    def count(line: str) -> None:
        nonlocal told
        told += 1
        say(line)

    copies.mend(count)
    adopt.adopt(count)
    for organisation in Organisation.objects.order_by("pk"):
        files.mend(organisation, count)
    strangers.remove(count)
    return told
