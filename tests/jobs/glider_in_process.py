"""Glider in the process of a test: it takes a job as soon as it is dispatched, on the real store and documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Glider:
    """Glider, run in this process, on the real store and documents. `messages`: the jobs that were dispatched."""

    is_running: bool = True
    messages: list[dict[str, Any]] = field(default_factory=list)

    def take(self, task: str, message: dict[str, Any], **options: Any) -> bool:
        from glider.runner import run_message
        from jobs.services import finishing

        self.messages.append(message)
        if self.is_running:
            run_message(message, lambda event, url: finishing.notified(event))
        return True

    def work(self) -> None:
        """Do what waits for the commit, which a test does not come to: dispatch jobs, and run them."""
        from django.db import connection

        while connection.run_on_commit:
            callbacks, connection.run_on_commit = connection.run_on_commit, []
            for entry in callbacks:
                entry[1]()
