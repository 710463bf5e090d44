"""A short run of the faults of tests/chaos; `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.faults import Fault, schedule
from tests.chaos.run import run, show
from tests.chaos.stack import ChaosStack


def test_a_seed_decides_which_fault_comes_when() -> None:
    one: list[Fault] = list(schedule(7, 200, 1.0))
    assert one == list(schedule(7, 200, 1.0))
    assert one != list(schedule(8, 200, 1.0))
    assert len({(fault.kind, fault.target) for fault in one}) == len({fault.label for fault in schedule(9, 500, 1.0)})


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[ChaosStack]:
    stack = ChaosStack(tmp_path / "chaos")
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.stop()


@pytest.mark.timeout(300)
def test_under_faults_nothing_is_lost_doubled_or_left_over(chaos: ChaosStack) -> None:
    outcome = run(chaos, seed=20, faults=20, pace=0.6, clients=2)
    show(outcome)
    verdict = outcome.verdict
    assert (verdict.problems, verdict.lost, verdict.doubled) == ([], 0, 0)
    # Not all 20: the target of some has been killed by an earlier one.
    assert sum(outcome.injected.values()) >= 15
    assert verdict.finalized > 0
