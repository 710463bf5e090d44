"""Side by side: `python -m benchmarks.engines.table` (see `--help`). Prints one table a file and writes JSON."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.end_to_end import api_of, measured
from benchmarks.engines.process import apart
from benchmarks.files import KINDS, make
from benchmarks.stack import stack

BARE: Final = ("polars", "duckdb", "pyarrow", "pandas")
RESULTS: Final = Path(__file__).resolve().parents[1] / "results"
Runs = list[dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3_000_000)
    parser.add_argument("--runs", type=int, default=5, help="of which the median counts")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--only", nargs="*", help="of: " + ", ".join((*BARE, "oas", "oas_s3", "oas_http")))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack() as values:
        for kind in options.kinds:
            rows = _compared(kind, options, Path(name), values)
            _keep(kind, options.lines, rows)
            _show(kind, options.lines, rows)


def _keep(kind: str, lines: int, rows: Mapping[str, Any]) -> None:
    path = RESULTS / f"engines-{lines}.json"
    path.parent.mkdir(exist_ok=True)
    kinds = _kept(path)
    kinds[kind] = kinds.get(kind, {}) | rows
    path.write_text(json.dumps({"machine": _machine(), "lines": lines, "kinds": kinds}, indent=1) + "\n")


def _kept(path: Path) -> dict[str, Any]:
    """What an earlier run found: a run of some engines replaces those only."""
    kinds: dict[str, Any] = json.loads(path.read_text())["kinds"] if path.exists() else {}
    return kinds


def _compared(kind: str, options: argparse.Namespace, folder: Path, values: Mapping[str, str]) -> dict[str, Any]:
    source, _ = make(KINDS[kind], options.lines, folder)
    works = _works(kind, source, folder, values)
    wanted = [name for name in works if not options.only or name in options.only]
    runs: dict[str, Runs] = {name: [] for name in wanted}
    for _ in range(options.runs):
        for name in wanted:  # in turns, so that a busy minute of the machine falls on all of them
            runs[name].append(works[name]())
    source.unlink()
    return {name: _median(found) for name, found in runs.items()}


def _works(kind: str, source: Path, folder: Path, values: Mapping[str, str]) -> dict[str, Callable[[], dict[str, Any]]]:
    target, api = str(folder / "bare.parquet"), api_of(values)

    def bare(engine: str) -> Callable[[], dict[str, Any]]:
        return lambda: apart("benchmarks.engines.bare", engine, kind, str(source), target)

    return {
        **{engine: bare(engine) for engine in BARE},
        "oas": lambda: apart("benchmarks.engines.modules", str(source)),
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
