"""Mutated files, by the hundred here and by the ten thousand with `make fuzz`: each ends in figures that tie or in a
failure with a clear message; none crashes the process, hangs or makes it grow.

`OAS_MUTATIONS` is how many. A file follows from its number, so a failure names the one to look at:
`python -m tests.glider.mutations.trial NUMBER 1`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
COUNT = int(os.environ.get("OAS_MUTATIONS", "240"))
RANGES = 8
FIRST = 100_000
SECONDS_EACH = 4  # on average, on a machine that is busy
GROWTH = 300  # megabytes from a range's first quarter to its end


def trials(number: int) -> tuple[list[dict[str, Any]], str, int]:
    """What became of each file of a range, the end of the process's stderr, and its exit code."""
    count = COUNT // RANGES
    order = [sys.executable, "-m", "tests.glider.mutations.trial", str(FIRST + number * count), str(count)]
    most = 60 + count * SECONDS_EACH
    ended = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=False, timeout=most)
    return [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr[-3000:], ended.returncode


@pytest.mark.timeout(120 + COUNT // RANGES * SECONDS_EACH)
@pytest.mark.parametrize("number", range(RANGES))
def test_every_file_ends_in_figures_that_tie_or_a_clear_message(number: int) -> None:
    lines, complaint, code = trials(number)
    assert code == 0, f"broken off at {lines[-1:]}: {complaint}"
    ended = [one for one in lines if "outcome" in one]
    assert len(ended) == COUNT // RANGES
    assert [one for one in ended if one["outcome"] == "bug"] == []
    sizes = [one["size"] for one in ended]
    assert sizes[-1] - sizes[len(sizes) // 4] < GROWTH
    outcomes = Counter(one["outcome"] for one in ended)  # nothing that comes through, or everything, shows nothing
    assert outcomes["figures"] > 0
    assert len(outcomes) > 2
