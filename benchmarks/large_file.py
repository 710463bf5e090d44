"""One very large file on one machine: `python -m benchmarks.large_file [--lines 100000000]`.

A DistroKid file is written, then cleaned and imported in one pass as a Glider worker does it, on local files. Time,
memory and disk go to `results/large_file.json`; every total is compared with that of the file's maker.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.process import apart
from benchmarks.files import KINDS, make
from benchmarks.stack import stack

RESULT: Final = Path(__file__).resolve().parent / "results" / "large_file.json"
LINES: Final = 100_000_000
LOOKS: Final = 2.0  # seconds between two measurements of the disk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="some 120 bytes each; three times that is needed free")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-large-") as name, stack("--servers"):
        figures = _measured(options.lines, Path(name))
    RESULT.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


def _measured(lines: int, folder: Path) -> dict[str, Any]:
    begun = time.perf_counter()
    source, _ = make(KINDS["distrokid"], lines, folder)
    made = time.perf_counter() - begun
    work = folder / "work"
    work.mkdir()
    with _largest(work) as sizes:
        figures = apart("benchmarks.engines.modules", str(source), environment={"TMPDIR": str(work)})
    return {
        "lines": lines,
        "file, GB": source.stat().st_size / 1e9,
        "seconds to write it": made,
        "seconds": figures["wall"],
        "processor, s": figures["cpu"],
        "peak (VmHWM), MB": figures["peak"],
        "own memory, MB": figures["own"],
        "disk at its largest, GB": max(sizes) / 1e9,
        "cores": os.cpu_count(),
    }


@contextmanager
def _largest(folder: Path) -> Iterator[list[int]]:
    """The bytes below `folder` while the block runs, measurement by measurement."""
    sizes, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(LOOKS):
            sizes.append(_size(folder))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        ended.set()
        thread.join()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:  # it was removed in between
            continue
    return total


if __name__ == "__main__":
    main()
