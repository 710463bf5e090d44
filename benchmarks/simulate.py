"""A calculation of what more machines would bring: `python -m benchmarks.simulate`.

A closed queueing network, solved by approximate mean-value analysis (Schweitzer): jobs go round through web, OAS
workers, Glider workers, broker, S3, MongoDB and PostgreSQL, each of which takes the processor seconds of a file that
`benchmarks.hops` has measured. A service with c cores is taken as one server that is c times as fast, after a fixed
delay for the rest of the time (Seidmann). It is calculated from costs on one small machine, not measured on many.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).resolve().parent / "results"
WORKERS: Final = (10, 100, 1000)
LINES: Final = 1000  # of a small file
WAITING: Final = 4  # files under way for each Glider worker: enough that none stands idle for want of work
ROUNDS: Final = 20_000  # of the iteration, at most
CLOSE: Final = 1e-9
LEAST: Final = 1e-5  # seconds; less is not told apart by the clock of the processor

# --- assumptions ---

MEASURED: Final = "hops.json"  # its "cpu of a file": processor seconds that each service spends on a small file
NAMES: Final = {
    "glider": "glider",
    "web": "web",
    "worker": "oas",
    "redis": "broker",
    "s3": "s3",
    "mongo": "mongo",
    "postgres": "postgres",
}
# How many servers each service has, of which each does one thing at a time: fixed, or per Glider worker. A server is
# one core; waits for network and disks are left out.
FIXED: Final = {"broker": 1, "s3": 64, "mongo": 8, "postgres": 8}
PER_GLIDER: Final = {"web": 0.5, "oas": 0.5}
REMEDY: Final = {
    "glider": "more Glider workers",
    "web": "more web processes",
    "oas": "more OAS workers",
    "broker": "RabbitMQ, or one Redis for the messages alone",
    "s3": "more prefixes or nodes of the store",
    "mongo": "shard by organisation",
    "postgres": "group what activation writes, partition jobs by month, a larger writer",
}


@dataclass(frozen=True)
class Station:
    """A service in the network. `demand`: seconds that one of its `servers` takes for a file."""

    demand: float
    servers: int

    @property
    def most(self) -> float:
        """Return the files a second that it can process at most."""
        return self.servers / self.demand


def main() -> None:
    found = {"lines": LINES, "small": [small(n) for n in WORKERS]}
    (RESULTS / "simulation.json").write_text(json.dumps(found, indent=1) + "\n")
    _show(found)


def small(gliders: int) -> dict[str, Any]:
    services = stations(gliders)
    rate = throughput(list(services.values()), WAITING * gliders)
    use = {name: rate / service.most for name, service in services.items()}
    first = max(use, key=lambda name: use[name])
    return {
        "workers": gliders,
        "files_a_second": rate,
        "lines_a_second": rate * LINES,
        "use": use,
        "first": first,
        "remedy": REMEDY[first],
    }


def stations(gliders: int) -> dict[str, Station]:
    costs = json.loads((RESULTS / MEASURED).read_text())["many"]["cpu of a file"]
    servers = {
        "glider": gliders,
        **FIXED,
        **{name: max(1, round(share * gliders)) for name, share in PER_GLIDER.items()},
    }
    return {ours: Station(max(costs[name], LEAST), servers[ours]) for name, ours in NAMES.items()}


def throughput(services: list[Station], jobs: int) -> float:
    """Return files a second, with `jobs` files under way at all times."""
    delay = sum(each.demand * (each.servers - 1) / each.servers for each in services)
    demands = [each.demand / each.servers for each in services]
    queues = [jobs / len(services)] * len(services)
    rate = 0.0
    for _ in range(ROUNDS):
        times = [cost * (1 + queue * (jobs - 1) / jobs) for cost, queue in zip(demands, queues, strict=True)]
        before, rate = rate, jobs / (delay + sum(times))
        queues = [rate * each for each in times]
        if abs(rate - before) < CLOSE * rate:
            break
    return rate


def _show(found: dict[str, Any]) -> None:
    names = list(found["small"][0]["use"])
    print(f"| Glider workers | files/s | lines/s | {' | '.join(names)} | first | what to do |")
    print("|---:|---:|---:|" + "---:|" * len(names) + "---|---|")
    for each in found["small"]:
        use = " | ".join(f"{each['use'][name]:.0%}" for name in names)
        figures = f"{each['files_a_second']:,.0f} | {each['lines_a_second']:,.0f}"
        print(f"| {each['workers']:,} | {figures} | {use} | {each['first']} | {each['remedy']} |")


if __name__ == "__main__":
    main()
