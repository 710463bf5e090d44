"""What the OAS worker does once a day. Each task may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from upkeep.collect_garbage import collect_documents, collect_objects
from upkeep.leftovers import places

GC = "upkeep.gc"
GC_OBJECTS = "upkeep.gc_objects"


@app.task(name=GC)
def gc() -> None:
    """Objects are gone through by organisation, so that no task takes longer than one may."""
    collect_documents()
    for prefix in places():
        gc_objects.delay(prefix)


@app.task(name=GC_OBJECTS)
def gc_objects(prefix: str) -> None:
    collect_objects(prefix)
