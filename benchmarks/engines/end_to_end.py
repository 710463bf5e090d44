"""A sales file from `process` to FINALIZED over HTTP, on the whole stack: web, workers, S3, Redis, callbacks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.engines.process import carried, memory
from benchmarks.files import PLACES
from devstack import client
from devstack.client import Api

PATIENCE: Final = 900.0  # seconds
LOOKS: Final = 0.025  # seconds between two polls of a small file: as many as the limit of one key allows
SELDOM: Final = 0.1  # seconds between two polls of a large one, so that polling takes little of the machine


def api_of(values: Mapping[str, str], looks: float = LOOKS) -> Api:
    """Return a client of the stack that polls every `looks` seconds."""
    client.POLL = looks
    return Api(values["OAS_URL"], values["OAS_API_KEY"])


def uploaded(api: Api, path: Path) -> int:
    """Create a sales file, send the content of `path` to S3, and return its id."""
    made = api.create(path)
    # Whatever its currency is, its total is the sum of its net amounts.
    api.ask("PATCH", f"{client.FILES}{made['id']}/", json={"exchange_rate": "1"})
    api.upload(api.process(made["id"], "upload")["presigned_url"], path)
    return int(made["id"])


def finalized(api: Api, file: int) -> dict[str, Any]:
    """Wait until `file` is FINALIZED, and return it. Raises SystemExit when it ends otherwise."""
    *_, last = api.follow(file, PATIENCE)
    if last["status"] != "FINALIZED":
        raise SystemExit(f"a file ended as {last['status']}: {last['status_cause']}")
    return last


def measured(api: Api, values: Mapping[str, str], path: Path) -> dict[str, Any]:
    """Process a file and return seconds, processor seconds of the whole stack, and megabytes: the Glider worker at its
    largest, and what went between processes.

    The file is deleted afterwards, so that it can be sent again. Raises SystemExit when its total is wrong.
    """
    file = uploaded(api, path)
    peak = Peak(_glider(values))
    with peak.watched():
        worked, moved, begun = _cpu(values), carried(), time.perf_counter()
        api.process(file, "clean")
        last = finalized(api, file)
        wall, cpu, moved = time.perf_counter() - begun, _cpu(values) - worked, carried() - moved
    _refuse_wrong(last, json.loads(path.with_suffix(".json").read_text()))
    api.delete(file)
    return {"wall": wall, "cpu": cpu, "peak": peak.whole, "own": peak.own, "moved": moved}


def _refuse_wrong(file: dict[str, Any], expected: dict[str, Any]) -> None:
    net = int(Decimal(file["total_local"] or 0).scaleb(PLACES))
    if file["total_rows"] != expected["rows"]:
        raise SystemExit(f"the file has {file['total_rows']} rows, expected {expected['rows']}")
    if net != expected["net"]:
        raise SystemExit(f"the total is {file['total_local']}, expected {expected['net']} units")


class Peak:
    """The largest of a process and its descendants, in megabytes.

    `whole` is the peak that the kernel keeps (VmHWM); `own` is without the pages of files (RssAnon), sampled twenty
    times a second.
    """

    def __init__(self, process: psutil.Process) -> None:
        self.process = process
        self.whole = self.own = 0.0
        self._stop = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        for process in self._processes():
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # resets VmHWM
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for process in self._processes():
                with suppress(OSError):  # it has just ended
                    self.own = max(self.own, memory("RssAnon", process.pid))
                    self.whole = max(self.whole, memory("VmHWM", process.pid))

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def _glider(values: Mapping[str, str]) -> psutil.Process:
    return psutil.Process(_pids(values)["glider"])


def _pids(values: Mapping[str, str]) -> dict[str, int]:
    listed = json.loads((Path(values["OAS_WORK_DIR"]).parent / "processes.json").read_text())
    return {each["name"]: each["pid"] for each in listed}


def processes_of(values: Mapping[str, str]) -> dict[str, list[psutil.Process]]:
    """Return the processes of each service of the stack: its main process and the descendants."""
    parents = {name: psutil.Process(pid) for name, pid in _pids(values).items()}
    return {name: [parent, *parent.children(recursive=True)] for name, parent in parents.items()}


def stack_processes(values: Mapping[str, str]) -> list[psutil.Process]:
    return [process for processes in processes_of(values).values() for process in processes]


def _cpu(values: Mapping[str, str]) -> float:
    return sum(map(spent, stack_processes(values)))


def spent(process: psutil.Process) -> float:
    """Return the processor seconds of `process` and of its children that have ended (PostgreSQL ends one with each
    connection); 0 when it is gone."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
