"""A bare engine on one file: `python -m benchmarks.engines.bare ENGINE KIND SOURCE TARGET` prints figures as JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from benchmarks.engines.columns import WANTED
from benchmarks.engines.process import refuse_wrong, timed


def main() -> None:
    engine, kind, source, target = sys.argv[1:]
    module, path = importlib.import_module(f"benchmarks.engines.bare_{engine}"), Path(source)
    figures, groups = timed(lambda: module.run(path, Path(target), WANTED[kind]))
    refuse_wrong(groups, json.loads(path.with_suffix(".json").read_text()))
    moved = path.stat().st_size + Path(target).stat().st_size
    print(json.dumps({**figures, "moved": moved / 1e6}))


if __name__ == "__main__":
    main()
