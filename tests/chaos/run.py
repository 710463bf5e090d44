"""`make chaos`: faults of every kind while files are processed, and the verdict (`python -m tests.chaos.run --help`).

The same seed injects the same faults in the same order. Exits with 1 when anything is lost, doubled or left over.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.faults import Fault, NotNow, Undo, inject, schedule
from tests.chaos.senders import Record, Sender
from tests.chaos.stack import ChaosStack
from tests.chaos.verdict import Verdict, judge, wait_for_web

CLIENTS = 5
PACE = 1.0  # seconds between two faults


@dataclass
class Outcome:
    """What a run has injected, what its senders saw, and the verdict."""

    seed: int
    planned: int
    verdict: Verdict
    injected: Counter[str] = field(default_factory=Counter)
    record: Record = field(default_factory=Record)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not (self.verdict.problems or self.verdict.lost or self.verdict.doubled)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=PACE, help="seconds between two faults")
    parser.add_argument("--dir", type=Path, help="kept afterwards, with the logs of every service")
    given = parser.parse_args()
    root = given.dir or Path(tempfile.mkdtemp(prefix="oas-chaos-"))
    stack = ChaosStack(root)
    try:
        stack.wait_ready()
        outcome = run(stack, seed=given.seed, faults=given.faults, pace=given.pace)
    finally:
        stack.stop()
        if given.dir is None:
            stack.remove()
    show(outcome)
    return 0 if outcome.is_good else 1


def run(stack: ChaosStack, *, seed: int, faults: int, pace: float = PACE, clients: int = CLIENTS) -> Outcome:
    """Send files and inject faults; then undo the faults, wait until all work is done, and judge the outcome."""
    started = time.monotonic()
    record, stop = Record(), threading.Event()
    key = stack.secrets["API_KEY"]
    senders = [Sender(stack.url, key, seed * 1000 + n, record) for n in range(clients)]
    threads = [threading.Thread(target=sender.run, args=(stop,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    injected = _inject_all(stack, list(schedule(seed, faults, pace)))
    stop.set()
    wait_for_web(stack.url)
    for thread in threads:
        thread.join(timeout=900)
    verdict = judge(stack, record, Sender(stack.url, key, 0, record))
    return Outcome(seed, faults, verdict, injected, record, time.monotonic() - started)


def _inject_all(stack: ChaosStack, faults: list[Fault]) -> Counter[str]:
    """Inject one after the other; several may last at the same time. Faults whose target is not there are left out."""
    injected: Counter[str] = Counter()
    undoing: list[threading.Timer] = []
    for n, fault in enumerate(faults, start=1):
        with suppress(NotNow):
            undo = inject(stack, fault)
            injected[fault.label] += 1
            if undo is not None:
                undoing.append(_undo_after(fault.lasts, undo))
        if n % 50 == 0:
            print(f"{n} faults", file=sys.stderr, flush=True)  # noqa: T201
        time.sleep(fault.pause)
    for timer in undoing:
        timer.join(timeout=30)
    stack.thaw()
    return injected


def _undo_after(seconds: float, undo: Undo) -> threading.Timer:
    """Undo in a thread of its own, as the next fault may be waiting for what this one has frozen."""

    def quietly() -> None:
        with suppress(Exception):
            undo()

    timer = threading.Timer(seconds, quietly)
    timer.daemon = True
    timer.start()
    return timer


# --- the outcome ---


def show(outcome: Outcome) -> None:
    console = Console(width=120)
    faults = Table("fault", "injected", title=f"Faults (seed {outcome.seed})", title_justify="left")
    for label, number in sorted(outcome.injected.items()):
        faults.add_row(label, str(number))
    faults.add_row("all", str(sum(outcome.injected.values())))
    console.print(faults)
    console.print(_result(outcome))
    answers = ", ".join(f"{what} {number}" for what, number in sorted(outcome.record.answers.items()))
    console.print(f"What senders waited out: {answers or 'nothing'}.", markup=False)
    for problem in outcome.verdict.problems[:100]:
        console.print(f"PROBLEM {problem}", markup=False)
    console.print(f"Again: make chaos SEED={outcome.seed} FAULTS={outcome.planned}")


def _result(outcome: Outcome) -> Table:
    verdict = outcome.verdict
    table = Table("what", "number", title="Files", title_justify="left")
    reasons = ", ".join(f"{number} {cause}" for cause, number in sorted(verdict.failed.items()))
    rows = {
        "faults injected": sum(outcome.injected.values()),
        "files in": verdict.files,
        "files finalized": verdict.finalized,
        "files deleted by their sender": verdict.deleted,
        "files failed, by reason": f"{verdict.failed.total()} ({reasons})" if reasons else 0,
        "rows lost": verdict.lost,
        "rows doubled": verdict.doubled,
        "problems": len(verdict.problems),
        "left over (removed by gc)": verdict.leftovers,
        "at rest after the last sender": f"{verdict.at_rest_after:.0f} s",
        "in all": f"{outcome.seconds:.0f} s",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


if __name__ == "__main__":
    sys.exit(main())
