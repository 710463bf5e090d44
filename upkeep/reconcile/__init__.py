"""Reconciling after a restore: PostgreSQL, S3 and MongoDB are of different moments, and are brought together again.

The uploaded content is the truth, and the database knows what should have been made of it. What is missing is made
again from the content; where that is gone too, the sales file fails with a reason (docs/backup.md). Every step is
reported. Idempotent: a second run finds nothing to mend.
"""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import Organisation
from upkeep.reconcile import files, missing_rows, references, unknown_documents

Write = Callable[[str], object]


def reconcile(write: Write) -> int:
    """Mend everything, call `write` with a line for each thing mended, and return how many there were.

    Raises StorageError, DocumentsError, OperationalError; a later run continues.
    """
    mended = 0

    def count(line: str) -> None:
        nonlocal mended
        mended += 1
        write(line)

    # Rows before files, so that files made again are looked at too. Unknown documents last: what is known must be
    # complete before anything is removed for being unknown.
    references.mend(count)
    missing_rows.restore(count)
    for organisation in Organisation.objects.order_by("pk"):
        files.mend(organisation, count)
    unknown_documents.remove(count)
    return mended
