"""Small files: `python -m benchmarks.hops`.

Measures how long a file of a thousand lines takes from `process` to FINALIZED, how long each hop on the way takes, and
how many such files are finalised a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.engines.end_to_end import api_of, finalized, processes_of, spent, uploaded
from benchmarks.files import KINDS, make
from benchmarks.stack import stack
from benchmarks.workers import second_worker
from devstack.client import FILES, Api

RESULTS: Final = Path(__file__).resolve().parent / "results"
SENDERS: Final = 8  # clients that send at a time
SELDOM: Final = 1.0  # seconds between two polls while many files are processed, so that polling costs little
LIMIT: Final = 1800.0  # seconds until many must be finalised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", type=int, default=30, help="files sent one after another")
    parser.add_argument("--many", type=int, default=500, help="files sent at once")
    parser.add_argument("--at-once", type=int, default=50, help="files that one call of the bulk action begins")
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1, help="of the engine in each process (OAS_ENGINE_THREADS)")
    parser.add_argument("--processes", type=int, default=1, help="of the second Glider worker; the first has one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, _stack(options.threads) as values:
        paths = list(small_files(Path(name), options.alone + options.many, options.lines))
        alone, together = paths[: options.alone], paths[options.alone :]
        found = {
            **_one_by_one(values, alone),
            "many": _together(values, together, options.processes, options.at_once) if together else {},
        }
    RESULTS.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "lines": options.lines, "threads": options.threads}
    (RESULTS / "hops.json").write_text(json.dumps({**machine, **found}, indent=1) + "\n")
    _show(found)


def _stack(threads: int) -> AbstractContextManager[dict[str, str]]:
    return stack(settings={"OAS_ENGINE_THREADS": str(threads)})


def small_files(folder: Path, count: int, lines: int) -> Iterator[Path]:
    """Make files that differ in the name of their first artist: the same content twice would be refused."""
    source, _ = make(KINDS["distrokid"], lines, folder)
    text = source.read_bytes()
    for n in range(count):
        path = folder / f"small-{n}.tsv"
        path.write_bytes(text.replace(b"Artist Number", b"Artist Nr. %d" % n, 1))
        yield path


def _one_by_one(values: Mapping[str, str], paths: list[Path]) -> dict[str, Any]:
    api, seconds, hops = api_of(values), [], []
    for path in paths:
        file = uploaded(api, path)
        begun = time.perf_counter()
        api.process(file, "clean")
        last = finalized(api, file)
        seconds.append(time.perf_counter() - begun)
        hops.append(_hops(api, last["id"]))
    names = list(dict.fromkeys(name for each in hops for name in each))
    costs = {name: statistics.median(each[name] for each in hops if name in each) for name in names}
    ordered = sorted(seconds)
    return {"median": statistics.median(seconds), "p95": ordered[int(len(ordered) * 0.95)], "hops": costs}


def _hops(api: Api, file: int) -> dict[str, float]:
    """Return the seconds between the changes of status in the file's history."""
    history = api.ask("GET", f"{FILES}{file}/history/")["results"]
    changes = sorted((datetime.fromisoformat(each["at"]), each["to_status"]) for each in history)
    return {
        f"{before} to {after}": (then - now).total_seconds()
        for (now, before), (then, after) in pairwise(changes)
        if before not in ("INITIALIZED", "UPLOADING")  # the time until then is the sender's
    }


def _together(values: Mapping[str, str], paths: list[Path], processes: int, at_once: int) -> dict[str, Any]:
    """Upload all files, then time from the first `process` to the last FINALIZED."""
    apis = [api_of(values) for _ in range(SENDERS)]
    with second_worker(processes) as second, ThreadPoolExecutor(SENDERS) as pool:
        files = list(pool.map(lambda pair: uploaded(apis[pair[0] % SENDERS], pair[1]), enumerate(paths)))
        wanted = _finalized(apis[0]) + len(files)
        begun, before = time.perf_counter(), _processor(values, second)
        list(pool.map(lambda pair: _begin(apis[pair[0] % SENDERS], pair[1]), enumerate(_batched(files, at_once))))
        _wait_until(lambda: _finalized(apis[0]) == wanted)
        seconds = time.perf_counter() - begun
        cpu = {name: (spent - before[name]) / len(files) for name, spent in _processor(values, second).items()}
    return {"files": len(files), "seconds": seconds, "files a second": len(files) / seconds, "cpu of a file": cpu}


def _batched(files: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(files)
    while some := list(islice(rest, size)):
        yield some


def _begin(api: Api, files: Sequence[int]) -> None:
    """Begin `files` with one call of the bulk action. Raises SystemExit when one of them is refused."""
    answer = api.ask("POST", f"{FILES}process/", json={"ids": files, "action": "clean"})
    for refused in (each for each in answer["results"] if each["error"]):
        raise SystemExit(f"a file was refused: {refused}")


def _finalized(api: Api) -> int:
    """Return how many sales files are FINALIZED."""
    return int(api.ask("GET", FILES, params={"status": "FINALIZED", "page_size": 1})["count"])


def _wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + LIMIT
    while not done():
        if time.monotonic() > until:
            raise SystemExit("not all files are finalised")
        time.sleep(SELDOM)


def _processor(values: Mapping[str, str], second: psutil.Process) -> dict[str, float]:
    """Return the processor seconds that each service has spent so far."""
    services = {**processes_of(values), "second": [second, *second.children(recursive=True)]}
    seconds = {name: sum(map(spent, processes)) for name, processes in services.items()}
    extra = seconds.pop("second")
    return {**seconds, "glider": seconds["glider"] + extra}


def _show(found: dict[str, Any]) -> None:
    print(f"process to FINALIZED: median {found['median']:.3f} s, p95 {found['p95']:.3f} s\n")
    print("| hop | median, ms |\n|---|---:|")
    for name, seconds in found["hops"].items():
        print(f"| {name} | {seconds * 1000:.0f} |")
    if many := found["many"]:
        print(f"\n{many['files']} files in {many['seconds']:.1f} s: {many['files a second']:.1f} a second")
        print("\n| service | processor, ms a file |\n|---|---:|")
        for name, seconds in many["cpu of a file"].items():
            print(f"| {name} | {seconds * 1000:.1f} |")


if __name__ == "__main__":
    main()
