"""The one task of Glider: run a job. The engine is imported in it, not above, so that no parent process loads it."""

from __future__ import annotations

from typing import Any

from glider.celery import app
from glider.contract import TASK


@app.task(name=TASK)
def run(message: dict[str, Any]) -> None:
    """`message` is a `glider.contract` message as JSON."""
    from glider.notifier import notifier
    from glider.runner import run_message

    run_message(message, notifier().notify)
