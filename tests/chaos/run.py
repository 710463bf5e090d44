"""`make chaos`: faults of every kind while files flow, and what came of it (`python -m tests.chaos.run --help`).

The same seed injects the same faults in the same order. Exit code 1 when anything was lost, twice or left over.
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

from tests.chaos.checking import Verdict, judge, wait_for_web
from tests.chaos.faults import Fault, NotNow, Undo, inject, schedule
from tests.chaos.sending import Client, Ledger
from tests.chaos.stack import ChaosStack

CLIENTS = 5
PACE = 1.0  # seconds between two faults


@dataclass
class Outcome:
    seed: int
    planned: int
    verdict: Verdict
    injected: Counter[str] = field(default_factory=Counter)
    ledger: Ledger = field(default_factory=Ledger)
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not (self.verdict.problems or self.verdict.lost or self.verdict.twice)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=PACE, help="seconds between two faults")
    parser.add_argument("--dir", type=Path, help="kept afterwards, with the logs of every part")
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
    """Files flow, faults come; then everything is mended, and judged once it has settled."""
    started = time.monotonic()
    ledger, stop = Ledger(), threading.Event()
    key = stack.secrets["API_KEY"]
    senders = [Client(stack.url, key, seed * 1000 + n, ledger) for n in range(clients)]
    threads = [threading.Thread(target=sender.run, args=(stop,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    injected = _inject_all(stack, list(schedule(seed, faults, pace)))
    stop.set()
    wait_for_web(stack.url)
    for thread in threads:
        thread.join(timeout=900)
    verdict = judge(stack, ledger, Client(stack.url, key, 0, ledger))
    return Outcome(seed, faults, verdict, injected, ledger, time.monotonic() - started)


def _inject_all(stack: ChaosStack, faults: list[Fault]) -> Counter[str]:
    """One after the other; several may last at the same time."""
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
    """In a thread of its own: the next fault may be waiting for what this one has frozen."""

    def quietly() -> None:
        with suppress(Exception):
            undo()

    timer = threading.Timer(seconds, quietly)
    timer.daemon = True
    timer.start()
    return timer


# --- what came of it ---


def show(outcome: Outcome) -> None:
    console = Console(width=120)
    faults = Table("fault", "injected", title=f"Faults (seed {outcome.seed})", title_justify="left")
    for label, number in sorted(outcome.injected.items()):
        faults.add_row(label, str(number))
    faults.add_row("all", str(sum(outcome.injected.values())))
    console.print(faults)
    console.print(_result(outcome))
    answers = ", ".join(f"{what} {number}" for what, number in sorted(outcome.ledger.answers.items()))
    console.print(f"What clients waited out: {answers or 'nothing'}.", markup=False)
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
        "rows twice": verdict.twice,
        "problems": len(verdict.problems),
        "left over (removed by gc)": verdict.leftovers,
        "settled after the last client": f"{verdict.settled_after:.0f} s",
        "in all": f"{outcome.seconds:.0f} s",
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


if __name__ == "__main__":
    sys.exit(main())
