"""Lists while previews wait: `python -m benchmarks.previews`.

Twenty clients ask for previews of twenty uploaded files, and ask again as Retry-After says, while another client reads
the list of sales files, one request after the other. Measured with no preview, with Glider stopped (every preview
waits), and with Glider busy with a large file. Prints p50, p95 and the slowest request in milliseconds, and how long
the previews took.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import urllib3

from benchmarks.api import asker
from benchmarks.engines.end_to_end import SELDOM, api_of, finalized, processes_of, uploaded
from benchmarks.files import KINDS, make
from benchmarks.hops import small_files
from benchmarks.stack import NO_LIMITS, stack
from devstack.client import FILES, Api

RESULTS: Final = Path(__file__).resolve().parent / "results"
LIMIT: Final = 300.0  # seconds until all previews must be answered
# The sweep must not send a preview again, or give it up, because Glider is stopped for some seconds.
SETTINGS: Final = {**NO_LIMITS, "OAS_SWEEP_AFTER": "600"}


class Previews:
    """Clients that each ask for the preview of one file until it is answered. `seconds`: how long each answer took."""

    def __init__(self, values: Mapping[str, str], files: list[int]) -> None:
        self.headers = {"X-Api-Key": values["OAS_API_KEY"]}
        self.addresses = [f"{values['OAS_URL']}{FILES}{file}/preview/" for file in files]
        self.pool = urllib3.PoolManager(maxsize=len(files), retries=False)
        self.seconds: list[float] = []
        self.first: list[float] = []  # milliseconds until the first response of each, be it 202 or 200
        self.threads = [threading.Thread(target=self._follow, args=(each,), daemon=True) for each in self.addresses]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def wait(self) -> None:
        """Wait until all are answered. Raises SystemExit after `LIMIT` seconds."""
        until = time.monotonic() + LIMIT
        for thread in self.threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        if len(self.seconds) < len(self.threads):
            raise SystemExit(f"{len(self.seconds)} of {len(self.threads)} previews were answered")

    def _follow(self, address: str) -> None:
        begun = time.perf_counter()
        answer = self.pool.request("GET", address, headers=self.headers)
        self.first.append((time.perf_counter() - begun) * 1000)
        while answer.status == 202:
            time.sleep(float(answer.headers.get("Retry-After", 1)))
            answer = self.pool.request("GET", address, headers=self.headers)
        if answer.status == 200:
            self.seconds.append(time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--previews", type=int, default=20)
    parser.add_argument("--lines", type=int, default=1000, help="of each file that is previewed")
    parser.add_argument("--large", type=int, default=3_000_000, help="lines of the file that Glider is busy with")
    parser.add_argument("--seconds", type=float, default=10, help="that the list is read in each situation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack(settings=SETTINGS) as values:
        found = _measured(values, Path(name), options)
    figures = {"cores": os.cpu_count(), "previews": options.previews, "lines": options.lines, **found}
    (RESULTS / "previews.json").write_text(json.dumps(figures, indent=1) + "\n")
    _show(found)


def _measured(values: Mapping[str, str], folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    api = api_of(values, SELDOM)
    paths = list(small_files(folder, 2 * options.previews, options.lines))
    files = [uploaded(api, path) for path in paths]
    large, _ = make(KINDS["distrokid"], options.large, folder)
    found: dict[str, Any] = {"no previews": read_list(values, options.seconds)}
    found["Glider stopped"] = _stopped(values, files[: options.previews], options.seconds)
    found["Glider busy"] = _busy(api, values, files[options.previews :], large)
    return found


def _stopped(values: Mapping[str, str], files: list[int], seconds: float) -> dict[str, float]:
    previews = Previews(values, files)
    with frozen(values):
        previews.start()
        row = read_list(values, seconds)
    previews.wait()
    return row | _row_of(previews)


@contextmanager
def frozen(values: Mapping[str, str]) -> Iterator[None]:
    """Suspend the Glider worker while the block lasts: it takes no job, and no process notices that it is gone."""
    workers = processes_of(values)["glider"]
    for worker in workers:
        worker.suspend()
    try:
        yield
    finally:
        for worker in workers:
            worker.resume()


def _busy(api: Api, values: Mapping[str, str], files: list[int], large: Path) -> dict[str, float]:
    """Read the list while the one Glider worker cleans and imports a large file, and the previews wait for it."""
    file = uploaded(api, large)
    api.process(file, "clean")
    while api.file(file)["progress"] is None:
        time.sleep(SELDOM)
    previews, done = Previews(values, files), threading.Event()
    previews.start()
    threading.Thread(target=_set_when_finalized, args=(api, file, done), daemon=True).start()
    row = read_list(values, LIMIT, until=done)
    previews.wait()
    return row | _row_of(previews)


def _set_when_finalized(api: Api, file: int, done: threading.Event) -> None:
    try:
        finalized(api, file)
    finally:
        done.set()


def read_list(values: Mapping[str, str], seconds: float, until: threading.Event | None = None) -> dict[str, float]:
    """Read the list for `seconds`, or until the event; return the times in milliseconds."""
    ask = asker(values["OAS_URL"] + FILES, {"X-Api-Key": values["OAS_API_KEY"]})
    taken: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (until and until.is_set()):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    figures = {"p50": cuts[49], "p95": cuts[94], "slowest": max(taken)}
    return {"requests": len(taken), **{name: round(value, 1) for name, value in figures.items()}}


def _row_of(previews: Previews) -> dict[str, float]:
    return {
        "first response, slowest, ms": round(max(previews.first), 1),
        "last preview, s": round(max(previews.seconds), 1),
    }


def _show(found: Mapping[str, Mapping[str, float]]) -> None:
    print("| situation | requests | p50, ms | p95, ms | slowest, ms | preview: slowest first response, ms | last, s |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    names = ("requests", "p50", "p95", "slowest", "first response, slowest, ms", "last preview, s")
    for situation, row in found.items():
        print(f"| {situation} | {' | '.join(str(row.get(name, '')) for name in names)} |")


if __name__ == "__main__":
    main()
