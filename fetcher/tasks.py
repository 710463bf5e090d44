"""Celery tasks of files by link. Each may run twice, or at the same time as itself."""

from __future__ import annotations

from fetcher.choices import Task
from fetcher.services import fetch_item, list_link, sweeping, watched_folders
from oas.celery import app

LIMIT = 300  # seconds


@app.task(name=Task.LIST)
def list_batch(batch_id: int) -> None:
    list_link.list_batch(batch_id)


@app.task(name=Task.FETCH)
def fetch(item_id: int) -> None:
    fetch_item.fetch(item_id)


@app.task(name=Task.SWEEP, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def sweep() -> None:
    sweeping.sweep()


@app.task(name=Task.LOOK, time_limit=LIMIT, soft_time_limit=LIMIT - 10)
def look() -> None:
    watched_folders.look()
