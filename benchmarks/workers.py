"""A second Glider worker beside the one of the stack."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil
from celery import Celery

SECOND: Final = "second@oas"
START_LIMIT: Final = 60.0  # seconds


@contextmanager
def second_worker(processes: int) -> Iterator[psutil.Process]:
    """Run one more Glider worker with `processes` processes while the block lasts. It answers when the block begins."""
    command = [sys.executable, "-m", "celery", "-A", "glider.celery", "worker", "-Q", "glider", "-c", str(processes)]
    process = subprocess.Popen([*command, "-n", SECOND], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _answered(SECOND)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answered(node: str) -> None:
    """Wait for a worker. Raises SystemExit when it does not come up."""
    until = time.monotonic() + START_LIMIT
    with Celery(broker=os.environ["OAS_REDIS_URL"]) as app:
        while not app.control.ping(destination=[node], timeout=1):
            if time.monotonic() > until:
                raise SystemExit(f"{node} does not answer")
