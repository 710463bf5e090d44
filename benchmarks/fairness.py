"""A small file beside a large one: `python -m benchmarks.fairness`.

Two organisations and two Glider workers with one engine thread each. The time of a small file from `process` to
FINALIZED is measured alone, and then while a large file of the other organisation is cleaned and imported by one of the
workers. Prints the medians, the slowest, and how many times as long it takes beside the large file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.end_to_end import api_of, finalized, uploaded
from benchmarks.files import KINDS, make
from benchmarks.filling import use_django
from benchmarks.hops import small_files
from benchmarks.stack import NO_LIMITS, stack
from benchmarks.workers import second_worker
from devstack.client import Api, is_at_rest

RESULTS: Final = Path(__file__).resolve().parent / "results"
PAUSE: Final = 0.2  # seconds between two small files, so that they do not keep the second worker busy all the time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", type=int, default=20, help="small files sent one after another with nothing else")
    parser.add_argument("--beside", type=int, default=60, help="small files at most while the large one is under way")
    parser.add_argument("--lines", type=int, default=1000, help="of a small file")
    parser.add_argument("--large", type=int, default=3_000_000, help="lines of the large file")
    options = parser.parse_args()
    settings = {**NO_LIMITS, "OAS_ENGINE_THREADS": "1"}
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack(settings=settings) as values:
        found = _measured(values, Path(name), options)
    figures = {"cores": os.cpu_count(), "lines": options.lines, "large lines": options.large, **found}
    (RESULTS / "fairness.json").write_text(json.dumps(figures, indent=1) + "\n")
    _show(found)


def _measured(values: Mapping[str, str], folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    paths = small_files(folder, options.alone + options.beside, options.lines)
    large, _ = make(KINDS["distrokid"], options.large, folder)
    mine, others = api_of(values), Api(values["OAS_URL"], other_key())
    with second_worker(1):
        alone = [_seconds(others, next(paths)) for _ in range(options.alone)]
        begun = time.perf_counter()
        beside = list(_beside(mine, others, large, paths))
        took = time.perf_counter() - begun
    ratio = statistics.median(beside) / statistics.median(alone)
    return {
        "alone": _row(alone),
        "beside": _row(beside),
        "times as long": round(ratio, 2),
        "large file, s": round(took, 1),
    }


def other_key() -> str:
    """Create another organisation, and return the text of an API key of it."""
    use_django()
    from accounts.services import create_key, create_organisation

    return create_key(organisation=create_organisation(name="Other Label", currency="USD")[0], name="benchmark")[1].text


def _beside(mine: Api, others: Api, large: Path, paths: Iterator[Path]) -> Iterator[float]:
    """Send small files one after the other while the large one is under way; yield the seconds of each.

    The last one is left out when the large file was at rest before it was. Raises SystemExit when the large file is not
    finalised.
    """
    file = uploaded(mine, large)
    mine.process(file, "clean")
    while mine.file(file)["progress"] is None:
        time.sleep(PAUSE)
    for path in paths:
        seconds = _seconds(others, path)
        if is_at_rest(mine.file(file)):
            break
        yield seconds
        time.sleep(PAUSE)
    finalized(mine, file)


def _seconds(api: Api, path: Path) -> float:
    """Send a small file; return the seconds from `process` to FINALIZED."""
    file = uploaded(api, path)
    begun = time.perf_counter()
    api.process(file, "clean")
    finalized(api, file)
    return time.perf_counter() - begun


def _row(seconds: list[float]) -> dict[str, float]:
    return {
        "files": len(seconds),
        "median, s": round(statistics.median(seconds), 3),
        "slowest, s": round(max(seconds), 3),
    }


def _show(found: Mapping[str, Any]) -> None:
    print("| a small file | files | median, s | slowest, s |\n|---|---:|---:|---:|")
    for name, label in (("alone", "alone"), ("beside", "beside a large file of another organisation")):
        print(f"| {label} | {' | '.join(str(value) for value in found[name].values())} |")
    print(f"\n{found['times as long']} times as long; the large file took {found['large file, s']} s")


if __name__ == "__main__":
    main()
