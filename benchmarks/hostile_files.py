"""Hostile sales files, each cleaned and imported in a process of its own: how much memory a worker takes at most.

`python -m benchmarks.hostile_files [NAME …]` makes the files, runs Glider's cleaning and importing on each as a worker
does, on local files, and writes time, memory and outcome to `results/hostile_files.json`. The bound is 1 GB, whatever
the file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks.engines.process import apart
from benchmarks.hostile import FILES
from tests.environment import made_up

RESULT: Final = Path(__file__).resolve().parent / "results" / "hostile_files.json"
BOUND: Final = 1024  # megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="of files; all without one")
    names = parser.parse_args().names or list(FILES)
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in names:
        known[name] = _run(name)
        print(f"{name:24} {known[name]['peak, MB']:6} MB {known[name]['seconds']:7.1f} s  {known[name]['outcome']}")
        RESULT.write_text(json.dumps({each: known[each] for each in FILES if each in known}, indent=1) + "\n")
    if above := [name for name in names if known[name]["peak, MB"] > BOUND]:
        sys.exit(f"above {BOUND} MB: {', '.join(above)}")


def _run(name: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="oas-hostile-") as folder:
        raw = Path(folder) / "raw"
        FILES[name].make(raw)
        size = raw.stat().st_size
        figures = apart("benchmarks.hostile_run", str(raw), environment=made_up())
    return {"what": FILES[name].what, "bytes": size, **figures}


if __name__ == "__main__":
    main()
