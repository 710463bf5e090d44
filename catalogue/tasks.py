"""Celery tasks of the catalogue. Each may run twice, or at the same time as itself."""

from __future__ import annotations

from catalogue.choices import Task
from catalogue.services import changes, published_copy
from catalogue.services.imports import run_import, start_import
from oas.celery import app
from oas.tasks import send

LIMIT = 1800  # seconds
SLICE = 20.0  # seconds of an import in one task


@app.task(name=Task.PUBLISH, time_limit=LIMIT, soft_time_limit=LIMIT - 30)
def publish(organisation_id: int) -> None:
    published_copy.publish_now(organisation_id)
    published_copy.remove_old(organisation_id)


@app.task(name=Task.IMPORT, time_limit=LIMIT, soft_time_limit=LIMIT - 30)
def import_catalogue(import_id: int) -> None:
    # A large import is cut into slices, so that it does not hold up other tasks of the worker.
    if run_import.run(import_id, limit=SLICE):
        send(Task.IMPORT, import_id)


@app.task(name=Task.SWEEP, time_limit=300, soft_time_limit=290)
def sweep() -> None:
    for organisation_id in changes.overdue():
        changes.request_copy(organisation_id)
    start_import.sweep()
