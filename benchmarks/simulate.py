"""What more machines would bring: `python -m benchmarks.simulate`.

A closed queueing network, solved by approximate mean-value analysis (Schweitzer): jobs go round through web, OAS
workers, Glider workers, broker, S3, MongoDB and PostgreSQL, each of which takes the processor's seconds of a file that
`benchmarks.hops` measured. A part of c cores is taken as one that is c times as fast, behind a wait for the rest
(Seidmann). It is a calculation from costs on one small machine, not a measurement of many.
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

MEASURED: Final = "hops.json"  # its "cpu of a file": seconds of the processor that each part spends on a small file
NAMES: Final = {
    "glider": "glider",
    "web": "web",
    "worker": "oas",
    "redis": "broker",
    "s3": "s3",
    "mongo": "mongo",
    "postgres": "postgres",
}
# A server of a part is one core; waits on the network and on disks are left out.
# How many servers each part has, of which each does one thing at a time, for a number of Glider workers.
FIXED: Final = {"broker": 1, "s3": 64, "mongo": 8, "postgres": 8}
PER_GLIDER: Final = {"web": 0.5, "oas": 0.5}
REMEDY: Final = {
    "glider": "more Glider workers",
    "web": "more web processes",
    "oas": "more OAS workers",
    "broker": "RabbitMQ, or one Redis for the messages alone",
    "s3": "more prefixes or nodes of the store",
    "mongo": "shard by organisation",
    "postgres": "group what settling writes, partition jobs by month, a larger writer",
}


@dataclass(frozen=True)
class Station:
    """`demand`: seconds of one of its `servers` for a file."""

    demand: float
    servers: int

    @property
    def most(self) -> float:
        """Files a second when it does nothing else."""
        return self.servers / self.demand


def main() -> None:
    found = {"lines": LINES, "small": [small(n) for n in WORKERS]}
    (RESULTS / "simulation.json").write_text(json.dumps(found, indent=1) + "\n")
    _show(found)


def small(gliders: int) -> dict[str, Any]:
    parts = stations(gliders)
    rate = throughput(list(parts.values()), WAITING * gliders)
    use = {name: rate / part.most for name, part in parts.items()}
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


def throughput(parts: list[Station], jobs: int) -> float:
    """Files a second with `jobs` files under way at all times."""
    delay = sum(part.demand * (part.servers - 1) / part.servers for part in parts)
    demands = [part.demand / part.servers for part in parts]
    queues = [jobs / len(parts)] * len(parts)
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
