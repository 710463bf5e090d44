"""Hostile sales files, each cleaned and imported in a process of its own: how much memory a worker takes at most.

`python -m benchmarks.hostile_files [NAME …]` makes the files, runs Glider's cleaning and importing on each as a worker
does it, on local files, and writes time, memory and outcome to `results/hostile_files.json`. The bound is 1 GB, whatever
the file; `--page` writes the table for docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from benchmarks.engines.process import apart, memory
from benchmarks.hostile import FILES

RESULT: Final = Path(__file__).resolve().parent / "results" / "hostile_files.json"
BOUND: Final = 1024.0  # megabytes
MARKS: Final = ("<!-- hostile files -->", "<!-- end of hostile files -->")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FILES, []], help="of files; all without one")
    parser.add_argument("--one", metavar="NAME", help="run this file in this process, and print its figures")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run(options.one)))
        return
    known = json.loads(RESULT.read_text()) if RESULT.exists() and options.names else {}
    for name in options.names or FILES:
        known[name] = apart("benchmarks.hostile_files", "--one", name)
        print(f"{name:24} {known[name]['peak, MB']:7.0f} MB {known[name]['seconds']:7.1f} s  {known[name]['outcome']}")
        RESULT.write_text(json.dumps({each: known[each] for each in FILES if each in known}, indent=1) + "\n")
    above = [name for name, figures in known.items() if figures["peak, MB"] > BOUND]
    if above:
        sys.exit(f"above {BOUND:.0f} MB: {', '.join(above)}")


def run(name: str) -> dict[str, Any]:
    """Make the file, clean and import it, and return its figures."""
    with tempfile.TemporaryDirectory(prefix="oas-hostile-") as root:
        folder = Path(root)
        raw = folder / "raw"
        FILES[name].make(raw)
        size = raw.stat().st_size
        start = memory("VmHWM")
        begun = time.perf_counter()
        outcome = _outcome(raw, folder)
        seconds = time.perf_counter() - begun
    return {
        "what": FILES[name].what,
        "bytes": size,
        "seconds": round(seconds, 2),
        "peak, MB": round(max(memory("VmHWM"), _of_children())),
        "at the start, MB": round(start),
        "outcome": outcome,
    }


def _of_children() -> float:
    """The memory of the largest child process, such as the reader of workbooks, in megabytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _outcome(raw: Path, folder: Path) -> str:
    # Imported here: the process that only starts the others has no need of the engine.
    from glider.canonical.staged_lines import BY_PERIOD_FROM
    from glider.cleaning.job import limits
    from glider.cleaning.pipeline import Settings, clean
    from glider.contract import CleaningResult
    from glider.errors import JobFailed
    from glider.importer.pipeline import import_lines
    from glider.layouts.registry import shipped_layouts
    from glider.layouts.stores import shipped_stores
    from oas.kernel.config import glider_config
    from oas.kernel.engine import set_up_engine

    config = glider_config()
    settings = Settings(
        layouts=shipped_layouts(),
        limits=limits(config),
        longest_line=config.max_line_bytes,
        most_columns=config.max_columns,
        stores=shipped_stores(),
        by_period_from=BY_PERIOD_FROM,
    )
    assert set_up_engine
    try:
        cleaned = clean(raw, folder, settings, CleaningResult(job=UUID(int=1)), lambda percent, rows: None)
        figures = cleaned.figures
        import_lines(cleaned.lines, folder, dict.fromkeys(figures.net_by_currency, Decimal(1)))
    except JobFailed as error:
        return f"{error.cause}: {error.message[:90]}"
    return f"{figures.accepted:,} accepted, {figures.rejected:,} rejected, {figures.skipped:,} skipped"


if __name__ == "__main__":
    main()
