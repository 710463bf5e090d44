"""One engine in a process of its own: its time, processor time and memory, and whether its totals are right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.files import DIMENSIONS, PLACES, digest

Groups = dict[str, list[tuple[int, Decimal]]]  # dimension → rows and net of each of its values
LIMIT: Final = 1800.0  # seconds
LOOKS: Final = 0.05  # seconds between two samples of the memory


def apart(module: str, *words: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run `python -m module words` and return the JSON of its last line. Raises SystemExit with its output."""
    command = [sys.executable, "-m", module, *words]
    whole = {**os.environ, **(environment or {})}
    done = subprocess.run(command, env=whole, capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def timed(work: Callable[[], Groups]) -> tuple[dict[str, Any], Groups]:
    """Run `work` and return its figures and its result.

    `wall` and `cpu` are seconds on the clock and of the processor (user and system, all cores); `peak` and `own` are
    megabytes of the process at its largest, with and without the pages of files that it reads (VmHWM and RssAnon).
    """
    with _watched() as own:
        begun, worked = time.perf_counter(), time.process_time()
        groups = work()
        figures = {"wall": time.perf_counter() - begun, "cpu": time.process_time() - worked}
    return {**figures, "peak": memory("VmHWM"), "own": max(own)}, groups


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Yield a list to which RssAnon is added every `LOOKS` seconds while the block runs."""
    seen, ended = [memory("RssAnon")], threading.Event()

    def look() -> None:
        while not ended.wait(LOOKS):
            seen.append(memory("RssAnon"))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def memory(field: str, process: int | str = "self") -> float:
    """Return a field of /proc/…/status in megabytes. Raises OSError when there is no such process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields.get(field, "0").split()[0]) / 1024  # a process that is ending has none


def carried() -> float:
    """Return the megabytes that processes of this machine have sent each other over the network so far."""
    return float(psutil.net_io_counters(pernic=True)["lo"].bytes_sent) / 1e6


def refuse_wrong(groups: Groups, expected: dict[str, Any]) -> None:
    """Raise SystemExit when the totals of a dimension differ from `expected`, those of the file's maker."""
    for dimension in DIMENSIONS:
        found = digest(units(groups[dimension]))
        if found != expected[dimension]:
            raise SystemExit(f"totals by {dimension} are wrong: {found}, expected {expected[dimension]}")


def units(pairs: Iterable[tuple[int, Decimal]]) -> Iterator[tuple[int, int]]:
    return ((rows, int(Decimal(net).scaleb(PLACES))) for rows, net in pairs)
