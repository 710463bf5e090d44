"""Collecting garbage of any age, and what is there before and after."""

from __future__ import annotations

from datetime import timedelta

from oas.kernel.documents import documents
from oas.kernel.storage import storage
from upkeep.collect_garbage import collect
from upkeep.leftovers import COLLECTIONS, Leftover

NOW = timedelta(seconds=-5)  # however young: S3 and we may differ by a moment


def gc() -> list[str]:
    """Collect, and return the places of what was removed."""
    found: list[Leftover] = []
    collect(older_than=NOW, on_leftover=found.append)
    return [each.place for each in found]


def everything() -> set[str]:
    found = {f"{name}/{each['_id']}" for name in COLLECTIONS for each in documents().walk(name, ["_id"])}
    return found | {item.key for item in storage().list("")}
