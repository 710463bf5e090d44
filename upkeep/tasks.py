"""Celery tasks of upkeep, once a day on the OAS worker. Each may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from upkeep.collect_garbage import collect_documents, collect_objects
from upkeep.leftovers import prefixes

GC = "upkeep.gc"
GC_OBJECTS = "upkeep.gc_objects"


@app.task(name=GC)
def gc() -> None:
    """Collect documents now, and objects in a task for each organisation, so that none runs into the time limit."""
    collect_documents()
    for prefix in prefixes():
        gc_objects.delay(prefix)


@app.task(name=GC_OBJECTS)
def gc_objects(prefix: str) -> None:
    """Collect the objects and multipart uploads below `prefix`."""
    collect_objects(prefix)
