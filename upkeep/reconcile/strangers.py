"""Documents of jobs, revisions and files that the database does not know (any more). Readers would find them, so they
go at once, however young; objects that nobody names do no harm, and are left to gc."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from upkeep.leftovers import COLLECTIONS, MOST, batches, papers, take_away

Say = Callable[[str], object]
KEPT = ("formats",)  # nobody finds one by itself


def remove(say: Say) -> None:
    before: datetime = timezone.now() + timedelta(minutes=1)
    for collection in COLLECTIONS:
        if collection in KEPT:
            continue
        for batch in batches(papers(collection, before=before), MOST):
            take_away(batch)
            for found in batch:
                say(f"document {found.place}: {found.why}; removed")
