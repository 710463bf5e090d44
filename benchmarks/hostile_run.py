"""One hostile file in this process: `python -m benchmarks.hostile_run FILE` prints its figures as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import glider.celery  # noqa: F401  # sets the engine up before it is loaded, as in a worker
from benchmarks.engines.process import memory
from glider.canonical.staged_lines import BY_PERIOD_FROM
from glider.cleaning.job import limits
from glider.cleaning.pipeline import Settings, clean
from glider.contract import CleaningResult
from glider.errors import JobFailed
from glider.importer.pipeline import import_lines
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import shipped_stores
from glider.runner import warm_up
from oas.kernel.config import glider_config


def main() -> None:
    print(json.dumps(run(Path(sys.argv[1]))))


def run(raw: Path) -> dict[str, Any]:
    """Clean and import the file at `raw`, working beside it, and return its figures."""
    warm_up()
    start = memory("VmHWM")
    begun = time.perf_counter()
    outcome = _outcome(raw, raw.parent)
    return {
        "seconds": round(time.perf_counter() - begun, 2),
        "peak, MB": round(max(memory("VmHWM"), _of_children())),
        "at the start, MB": round(start),
        "outcome": outcome,
    }


def _of_children() -> float:
    """The memory of the largest child process, such as the reader of workbooks, in megabytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _outcome(raw: Path, folder: Path) -> str:
    config = glider_config()
    settings = Settings(
        layouts=shipped_layouts(),
        limits=limits(config),
        longest_line=config.max_line_bytes,
        most_columns=config.max_columns,
        stores=shipped_stores(),
        by_period_from=BY_PERIOD_FROM,
    )
    try:
        cleaned = clean(raw, folder, settings, CleaningResult(job=UUID(int=1)), lambda percent, rows: None)
        figures = cleaned.figures
        import_lines(cleaned.lines, folder, dict.fromkeys(figures.net_by_currency, Decimal(1)))
    except JobFailed as error:
        return f"{error.cause}: {error.message[:90]}"
    return f"{figures.accepted:,} accepted, {figures.rejected:,} rejected, {figures.skipped:,} skipped"


if __name__ == "__main__":
    main()
