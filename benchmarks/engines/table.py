"""All engines compared: `python -m benchmarks.engines.table` (see `--help`) prints a table per file and writes JSON."""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.end_to_end import SELDOM, api_of, measured
from benchmarks.engines.process import apart
from benchmarks.files import KINDS, make
from benchmarks.stack import stack
from tests.environment import made_up

BARE: Final = ("polars", "duckdb", "pyarrow", "pandas")
RESULTS: Final = Path(__file__).resolve().parents[1] / "results"
THROUGH_STACK: Final = ("oas_s3", "oas_http")
Runs = list[dict[str, Any]]
Work = Callable[[], dict[str, Any]]
Works = Mapping[str, Work]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--only", nargs="*", help="of: " + ", ".join((*BARE, "oas", *THROUGH_STACK)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name:
        for kind in options.kinds:
            rows = _compared(kind, options, Path(name))
            _keep(kind, options.lines, rows)
            _show(kind, options.lines, rows)


def _keep(kind: str, lines: int, rows: Mapping[str, Any]) -> None:
    path = RESULTS / f"engines-{lines}.json"
    path.parent.mkdir(exist_ok=True)
    kinds = _kept(path)
    kinds[kind] = kinds.get(kind, {}) | rows
    path.write_text(json.dumps({"machine": _machine(), "lines": lines, "kinds": kinds}, indent=1) + "\n")


def _kept(path: Path) -> dict[str, Any]:
    """Return the results of earlier runs: a run of some engines replaces only theirs."""
    kinds: dict[str, Any] = json.loads(path.read_text())["kinds"] if path.exists() else {}
    return kinds


def _compared(kind: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure the engines that need no server first, with nothing else on the machine; then the others."""
    source, _ = make(KINDS[kind], options.lines, folder)
    found = _in_turns(_wanted(options, _alone(kind, source, folder)), options.runs)
    if set(THROUGH_STACK) & set(options.only or THROUGH_STACK):
        with stack() as values:
            found |= _in_turns(_wanted(options, _through_stack(source, values)), options.runs)
    source.unlink()
    return found


def _wanted(options: argparse.Namespace, works: Works) -> Works:
    return {name: work for name, work in works.items() if not options.only or name in options.only}


def _in_turns(works: Works, times: int) -> dict[str, Any]:
    """Run each of `works` `times` times, in turns, so that a busy minute of the machine falls on all of them.

    The order changes from turn to turn, as it costs time to run after one that freed much memory.
    """
    runs: dict[str, Runs] = {name: [] for name in works}
    names = list(works)
    for turn in range(times):
        for name in random.Random(turn).sample(names, len(names)):
            runs[name].append(works[name]())
    return {name: _median(found) for name, found in runs.items()}


def _alone(kind: str, source: Path, folder: Path) -> Works:
    target = str(folder / "bare.parquet")

    def bare(engine: str) -> Work:
        return lambda: apart("benchmarks.engines.bare", engine, kind, str(source), target)

    modules = partial(apart, "benchmarks.engines.modules", str(source), environment=made_up())
    return {**{engine: bare(engine) for engine in BARE}, "oas": modules}


def _through_stack(source: Path, values: Mapping[str, str]) -> Works:
    api = api_of(values, SELDOM)
    return {
        "oas_s3": lambda: apart("benchmarks.engines.modules", str(source), "--s3"),
        "oas_http": lambda: measured(api, values, source),
    }


def _median(runs: Runs) -> dict[str, float]:
    figures = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    return {**figures, "runs": len(runs)}


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB"


def _show(kind: str, lines: int, rows: Mapping[str, Mapping[str, float]]) -> None:
    print(f"\n{kind}, {lines:,} lines, {_machine()}\n")
    print("| | wall, s | CPU, s | of Polars | of DuckDB | peak (VmHWM), MB | RssAnon, MB | moved, MB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, row in rows.items():
        ratios = " | ".join(_ratio(row, rows.get(other)) for other in ("polars", "duckdb"))
        print(
            f"| {name} | {row['wall']:.2f} | {row['cpu']:.2f} | {ratios} | {row['peak']:.0f} | {row['own']:.0f} | "
            f"{row['moved']:.0f} |"
        )


def _ratio(row: Mapping[str, float], other: Mapping[str, float] | None) -> str:
    return f"{row['wall'] / other['wall']:.2f}" if other else ""


if __name__ == "__main__":
    main()
