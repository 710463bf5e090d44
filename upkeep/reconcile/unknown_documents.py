"""Documents of jobs, revisions and files that the restored database does not know.

Readers would find them, so they are removed at once, however young. Objects that no document names do no harm and are
left to `manage.py gc`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from upkeep.leftovers import COLLECTIONS, MOST, batches, leftover_documents, remove_all

Write = Callable[[str], object]
KEPT = ("formats",)  # a layout set is read only by jobs that name it


def remove(write: Write) -> None:
    """Remove them, and call `write` with a line for each. Raises DocumentsError."""
    # However young, also where the clocks of machines differ a little.
    before: datetime = timezone.now() + timedelta(minutes=1)
    for collection in COLLECTIONS:
        if collection in KEPT:
            continue
        for batch in batches(leftover_documents(collection, before=before), MOST):
            remove_all(batch)
            for found in batch:
                write(f"document {found.place}: {found.why}; removed")
