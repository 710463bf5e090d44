"""A sales file in parts: `python -m benchmarks.parts`. Two Glider workers against one, of one thread each.

From `process` to FINALIZED, on the whole stack; the total is compared with that of the maker of the file each time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.engines.end_to_end import SELDOM, api_of, measured
from benchmarks.files import KINDS, make
from benchmarks.stack import stack
from benchmarks.workers import second_worker

RESULTS: Final = Path(__file__).resolve().parent / "results"
ONE_THREAD: Final = {"OAS_ENGINE_THREADS": "1", "OAS_HEAVY_JOBS": "2"}
WHOLE: Final = str(1 << 40)  # bytes: no file is split


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3_000_000)
    parser.add_argument("--parts", type=int, default=6)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name:
        source, _ = make(KINDS["distrokid"], options.lines, Path(name))
        size = str(source.stat().st_size // options.parts + 1)
        found = {
            "whole, one worker": _seconds(source, options.runs, WHOLE, size)["one"],
            **{f"in parts, {who}": wall for who, wall in _seconds(source, options.runs, size, size).items()},
        }
    told = {"cores": os.cpu_count(), "lines": options.lines, "parts": options.parts, "seconds": found}
    (RESULTS / "parts.json").write_text(json.dumps(told, indent=1) + "\n")
    _show(found)


def _seconds(source: Path, runs: int, split: str, part: str) -> dict[str, float]:
    """Medians of one and of two workers; a file that is not split is left to one."""
    with stack(settings={**ONE_THREAD, "OAS_SPLIT_BYTES": split, "OAS_PART_BYTES": part}) as values:
        one = _median(values, source, runs)
        if split == WHOLE:
            return {"one": one}
        with second_worker(1):
            return {"one worker": one, "two workers": _median(values, source, runs)}


def _median(values: Mapping[str, str], source: Path, runs: int) -> float:
    api = api_of(values, SELDOM)
    walls = [measured(api, values, source)["wall"] for _ in range(runs)]
    return round(float(statistics.median(walls)), 2)


def _show(found: Mapping[str, float]) -> None:
    print("| | process to FINALIZED, s |\n|---|---:|")
    for what, seconds in found.items():
        print(f"| {what} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
