"""Processes end with the one that started them."""

from __future__ import annotations

import subprocess
import sys

import psutil

from tests.session import wait_for


def test_a_service_dies_with_a_supervisor_that_is_killed() -> None:
    program = (
        "import time, pathlib; from devstack.process import spawn;"
        "p = spawn(['sleep', '600'], env={}, cwd=pathlib.Path('/'), log=None);"
        "print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_for(lambda: not _runs(child), 5, "the service to end")


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
