"""The one task of Glider: run a job."""

from __future__ import annotations

from typing import Any

from glider.celery import app
from glider.contract import TASK


@app.task(name=TASK)
def run(message: dict[str, Any]) -> None:
    """Run the job of `message`, a `glider.contract` message as JSON. Idempotent (`glider.runner`)."""
    # Imported here, not above, so that the parent process of the workers does not load the engine before it forks.
    from glider.notifier import notifier
    from glider.runner import run_message

    run_message(message, notifier().notify)
