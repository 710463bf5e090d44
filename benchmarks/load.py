"""Many clients at once: `python -m benchmarks.load` (`make load`).

Each client has an API key of its own. It creates sales files, uploads them and has them cleaned; meanwhile it polls
them and reads lists, details, snapshots and the summary, as fast as answers come. Prints a line for each route; exits
with 1 when an answer was wrong or a client broke off. The clients run on the same cores as OAS, so the processor time
that they take is printed too, and the machine's load average before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import urllib3

from benchmarks.engines.end_to_end import api_of, processes_of, spent
from benchmarks.files import KINDS, make
from benchmarks.filling import use_django
from benchmarks.stack import NO_LIMITS, stack
from devstack.client import FILES

RESULTS: Final = Path(__file__).resolve().parent / "results"
SUMMARY: Final = "/api/sales/summary/"
PATIENCE: Final = 300.0  # seconds for files that are still under way at the end
EXPECTED: Final = {200, 201, 202, 304}


@dataclass
class Record:
    """What all clients have seen: route → seconds of each answer, and route → answers with another status than
    `EXPECTED`."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    files: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, route: str, seconds: float, wrong: str = "") -> None:
        with self._lock:
            self.seconds.setdefault(route, []).append(seconds)
            if wrong:
                self.errors.setdefault(route, []).append(wrong)


class Client:
    """A program of a customer, which makes one request after the other."""

    def __init__(self, url: str, key: str, record: Record, content: bytes, seed: int) -> None:
        self.url, self.record, self.content = url, record, content
        self.random = random.Random(seed)
        self.pool = urllib3.PoolManager(maxsize=2, retries=False, timeout=urllib3.Timeout(30))
        self.headers = {"X-Api-Key": key, "Content-Type": "application/json"}
        self.done: list[int] = []  # sales files that can be read
        self.tags: dict[str, str] = {}

    def run(self, until: float) -> None:
        while time.monotonic() < until:
            file = self.send()
            while file and time.monotonic() < until:
                self._read()
                status = self._asked("GET file (poll)", "GET", f"{FILES}{file}/").get("status")
                if status in ("FINALIZED", "FAILED"):
                    self.done.append(file)
                    break

    def send(self) -> int:
        """Send a new sales file and start cleaning it. Returns its id, 0 when a step was refused."""
        content = self.content.replace(b"Artist Number", b"Artist %s" % secrets.token_hex(4).encode(), 1)
        fields = {"filename": "load.tsv", "filetype": "TSV", "content_length": len(content)}
        asked = {**fields, "filesize": len(content), "mongo_db_id": secrets.token_hex(12)}
        made = self._asked("POST file", "POST", FILES, asked).get("id", 0)
        link = self._asked("POST process (upload)", "POST", f"{FILES}{made}/process/", {"action": "upload"})
        if not link:
            return 0
        self._timed("PUT to S3", "PUT", link["presigned_url"], content, {})
        started = self._asked("POST process (clean)", "POST", f"{FILES}{made}/process/", {"action": "clean"})
        if started:
            self.record.files.append(made)
        return made if started else 0

    def _read(self) -> None:
        """Read one of the things that a frontend reads, each as often as it does."""
        self.random.choice((self._list, self._list, self._detail, self._snapshot, self._snapshot, self._summary))()

    def _list(self) -> None:
        query = self.random.choice(("", "?status=FINALIZED&ordering=-total_local", "?search=load&page_size=100"))
        self._asked(f"GET files{query.partition('&')[0]}", "GET", f"{FILES}{query}")

    def _detail(self) -> None:
        self._asked("GET file", "GET", f"{FILES}{self._any()}/")

    def _snapshot(self) -> None:
        self._tagged("GET snapshot", f"{FILES}{self._any()}/snapshot/?limit=100")

    def _summary(self) -> None:
        query = self.random.choice(("", "?by=artist&limit=100", "?series=month"))
        self._tagged(f"GET summary{query.partition('&')[0]}", f"{SUMMARY}{query}")

    def _any(self) -> int:
        return self.random.choice(self.done)

    def _tagged(self, route: str, path: str) -> None:
        """Read `path`, half of the time only if it has changed since this client read it."""
        known = self.tags.get(path, "") if self.random.random() < 0.5 else ""
        headers = {"If-None-Match": known} if known else {}
        answer = self._timed(f"{route} (if changed)" if known else route, "GET", self.url + path, None, headers)
        if answer is not None and "ETag" in answer.headers:
            self.tags[path] = answer.headers["ETag"]

    def _asked(self, route: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        content = json.dumps(body).encode() if body is not None else None
        answer = self._timed(route, method, self.url + path, content, {})
        return answer.json() if answer is not None else {}

    def _timed(
        self, route: str, method: str, address: str, content: bytes | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse | None:
        ours = self.headers if address.startswith(self.url) else {}
        begun = time.perf_counter()
        try:
            answer = self.pool.request(method, address, body=content, headers={**ours, **headers})
        except urllib3.exceptions.HTTPError as error:
            self.record.note(route, time.perf_counter() - begun, type(error).__name__)
            return None
        right = answer.status in EXPECTED
        self.record.note(route, time.perf_counter() - begun, "" if right else f"{answer.status} {answer.data[:200]!r}")
        return answer if right else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--lines", type=int, default=1000, help="of each sales file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack(settings=NO_LIMITS) as values:
        source, _ = make(KINDS["distrokid"], options.lines, Path(name))
        found = measured(values, source.read_bytes(), options.clients, options.seconds)
    RESULTS.mkdir(exist_ok=True)
    figures = {"cores": os.cpu_count(), "clients": options.clients, "lines": options.lines, **found}
    (RESULTS / "load.json").write_text(json.dumps(figures, indent=1) + "\n")
    show(figures)
    wrong = any(row["errors"] for row in found["routes"].values())
    return 1 if wrong or found["broken"] or found["finalized"] != found["files"] else 0


def measured(values: Mapping[str, str], content: bytes, clients: int, seconds: float) -> dict[str, Any]:
    record = Record()
    keys = own_keys(values["OAS_API_KEY"], clients)
    crowd = [Client(values["OAS_URL"], key, record, content, seed) for seed, key in enumerate(keys)]
    _begin(values, crowd)
    record.seconds.clear()
    until = time.monotonic() + seconds
    own, before, load = time.process_time(), _cpu(values), os.getloadavg()[0]
    broken = run(crowd, until)
    cpu = {"clients": time.process_time() - own} | {name: now - before[name] for name, now in _cpu(values).items()}
    return {
        "seconds": seconds,
        "load_average": [round(load, 2), round(os.getloadavg()[0], 2)],  # of one minute: before, after
        "cpu": {name: round(spent, 1) for name, spent in cpu.items()},
        "broken": broken,
        "files": len(record.files),
        "finalized": sum(_ends_well(values, file) for file in record.files),
        "routes": {route: _row(record, route, seconds) for route in sorted(record.seconds)},
        "wrong": {route: wrong[:3] for route, wrong in record.errors.items()},
    }


def own_keys(known: str, count: int) -> list[str]:
    """Create `count` keys of the organisation that has the key `known`."""
    use_django()
    from accounts.models import ApiKey
    from accounts.services import create_key

    organisation = ApiKey.everything.get(prefix=known.partition(".")[0]).organisation
    return [create_key(organisation=organisation, name=f"client {n}")[1].text for n in range(1, count + 1)]


def run(crowd: list[Client], until: float) -> list[str]:
    """Run all clients at once, to their ends. Returns a sentence for each that broke off."""
    with ThreadPoolExecutor(len(crowd)) as pool:
        ends = [pool.submit(client.run, until) for client in crowd]
    errors = {number: end.exception() for number, end in enumerate(ends, start=1)}
    return [f"client {number} broke off: {error!r}" for number, error in errors.items() if error is not None]


def _begin(values: Mapping[str, str], crowd: list[Client]) -> None:
    """Send a sales file that all clients can read from the beginning. Raises SystemExit when it is not finalised."""
    first = crowd[0].send()
    if not _ends_well(values, first):
        raise SystemExit(f"the first sales file was not finalised: {crowd[0].record.errors}")
    for client in crowd:
        client.done.append(first)


def _ends_well(values: Mapping[str, str], file: int) -> bool:
    *_, last = api_of(values).follow(file, PATIENCE)
    return bool(last["status"] == "FINALIZED")


def _cpu(values: Mapping[str, str]) -> dict[str, float]:
    return {name: sum(map(spent, processes)) for name, processes in processes_of(values).items()}


def _row(record: Record, route: str, seconds: float) -> dict[str, float]:
    times = sorted(record.seconds[route])
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    shown = {f"p{at}": round(cuts[at - 1] * 1000, 1) for at in (50, 95, 99)}
    errors = len(record.errors.get(route, ()))
    return {"requests": len(times), "per_second": round(len(times) / seconds, 1), **shown, "errors": errors}


def show(found: Mapping[str, Any]) -> None:
    print(
        f"{found['clients']} clients, {found['seconds']:.0f} s, {found['cores']} cores; seconds of the processor: ",
        end="",
    )
    print(", ".join(f"{name} {spent}" for name, spent in found["cpu"].items()))
    print("load average {} before, {} after".format(*found["load_average"]))
    print(
        "\n| route | requests | a second | p50, ms | p95, ms | p99, ms | errors |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for route, row in found["routes"].items():
        print(f"| {route} | {' | '.join(str(value) for value in row.values())} |")
    rows = found["routes"].values()
    print(
        f"| all | {sum(row['requests'] for row in rows)} | {sum(row['per_second'] for row in rows):.1f} | | | | "
        f"{sum(row['errors'] for row in rows)} |"
    )
    print(f"\n{found['files']} sales files sent, {found['finalized']} finalized.")
    for route, wrong in found["wrong"].items():
        print(route, wrong)
    print(*found["broken"], sep="\n", end="\n" if found["broken"] else "")


if __name__ == "__main__":
    sys.exit(main())
