"""The faults: each is injected into a running stack, and undone some seconds later where it does not pass by itself.

Which fault is injected when follows from the seed alone.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from tests.chaos.stack import SERVERS, SERVICES, ChaosStack

Undo = Callable[[], object]
QUEUES = ("glider", "oas")
OAS_TASKS = ("salesfiles.finalise", "salesfiles.settle", "salesfiles.erase")


@dataclass(frozen=True)
class Fault:
    """A fault of a `kind` in a service (`target`).

    `pause`: seconds until the next one; `lasts`: seconds until it is undone; `dice`: a random number to choose by.
    """

    kind: str
    target: str
    pause: float
    lasts: float
    dice: int

    @property
    def label(self) -> str:
        return f"{self.kind} {self.target}".strip()


_KINDS: list[tuple[str, tuple[str, ...], int]] = [  # kind, targets, weight
    ("kill", SERVICES, 10),
    ("kill a child of", ("web", "worker", "links", "glider", "postgres"), 4),
    ("end", ("worker", "glider", "web", "beat"), 2),
    ("freeze", SERVICES, 4),
    ("cut", SERVERS, 6),
    ("hold", SERVERS, 4),
    ("empty", ("redis",), 2),
    ("fill the disk of", ("glider",), 2),
    ("deliver twice", ("glider", "oas"), 5),
    ("deliver late", ("glider", "oas"), 4),
    ("lose a webhook of", ("glider",), 3),
    ("delay a webhook of", ("glider",), 2),
    ("double a webhook of", ("glider",), 3),
]


def schedule(seed: int, count: int, pace: float) -> Iterator[Fault]:
    """Yield `count` faults, one every `pace` seconds on average. Every pair of kind and target comes up, if `count`
    allows."""
    dice = random.Random(seed)
    pairs = [(kind, target) for kind, targets, weight in _KINDS for target in targets for _ in range(weight)]
    once = [(kind, target) for kind, targets, _ in _KINDS for target in targets]
    dice.shuffle(once)
    chosen = once[:count] + [dice.choice(pairs) for _ in range(count - len(once))]
    dice.shuffle(chosen)
    for kind, target in chosen:
        lasts = round(dice.uniform(0.5, 3.0), 2)
        yield Fault(kind, target, round(dice.uniform(0.4, 1.6) * pace, 2), lasts, dice.getrandbits(32))


class NotNow(Exception):
    """The target of the fault is not there: an earlier one has killed or frozen it."""


def inject(stack: ChaosStack, fault: Fault) -> Undo | None:
    """Inject `fault`, and return how to undo it; None when there is nothing to undo. Raises `NotNow`."""
    try:
        return _DO[fault.kind](stack, fault)
    except (psutil.Error, LookupError, psycopg.Error, RedisError, BrokerError, OSError) as error:
        raise NotNow from error


# --- processes ---


def _kill(stack: ChaosStack, fault: Fault) -> None:
    for process in stack.processes(fault.target):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _kill_child(stack: ChaosStack, fault: Fault) -> None:
    if children := stack.processes(fault.target)[1:]:
        os.kill(children[fault.dice % len(children)].pid, signal.SIGKILL)


def _end(stack: ChaosStack, fault: Fault) -> None:
    """End the service as a deploy does: it may finish its work."""
    for process in stack.processes(fault.target)[:1]:
        process.terminate()


def _freeze(stack: ChaosStack, fault: Fault) -> Undo:
    frozen = stack.processes(fault.target)
    for process in frozen:
        with suppress(psutil.Error):
            process.suspend()
    return lambda: _resume(frozen)


def _resume(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.resume()


# --- connections ---


def _cut(stack: ChaosStack, fault: Fault) -> Undo:
    stack.proxies[fault.target].cut()
    return stack.proxies[fault.target].restore


def _hold(stack: ChaosStack, fault: Fault) -> Undo:
    stack.proxies[fault.target].hold()
    return stack.proxies[fault.target].restore


# --- data and disks ---


def _empty(stack: ChaosStack, fault: Fault) -> None:
    with stack.redis() as connection:
        connection.flushall()


def _fill(stack: ChaosStack, fault: Fault) -> Undo:
    stack.disk.fill()
    return stack.disk.free


# --- messages ---


def _twice(stack: ChaosStack, fault: Fault) -> None:
    """Send a message of a recent job or task a second time, whether or not that is over."""
    if fault.target == "glider":
        id, message = _job(stack, fault.dice)
        with stack.celery() as app:
            app.send_task("glider.run", args=[message], queue="glider", task_id=str(id))
        return
    task = OAS_TASKS[fault.dice % len(OAS_TASKS)]
    with stack.celery() as app:
        app.send_task(task, args=[_file(stack, fault.dice)], queue="oas")


def _job(stack: ChaosStack, dice: int) -> tuple[Any, Any]:
    with stack.database() as connection:
        rows = connection.execute("SELECT id, message FROM jobs_job ORDER BY created_at DESC LIMIT 40").fetchall()
    if not rows:
        raise ProcessLookupError("no job yet")
    id, message = rows[dice % len(rows)]
    return id, message


def _file(stack: ChaosStack, dice: int) -> int:
    with stack.database() as connection:
        rows = connection.execute("SELECT id FROM salesfiles_salesfile ORDER BY id DESC LIMIT 40").fetchall()
    if not rows:
        raise ProcessLookupError("no file yet")
    return int(rows[dice % len(rows)][0])


def _late(stack: ChaosStack, fault: Fault) -> Undo | None:
    """Take a message out of the queue; undoing puts it at the end, perhaps after the sweep has sent it again."""
    with stack.redis() as connection:
        taken: Any = connection.rpop(fault.target)
    if taken is None:
        return None

    def put_back() -> None:
        with stack.redis() as connection:
            connection.lpush(fault.target, taken)

    return put_back


def _webhook(fate: str) -> Callable[[ChaosStack, Fault], None]:
    def note(stack: ChaosStack, fault: Fault) -> None:
        stack.webhooks.fates.append(fate)

    return note


_DO: dict[str, Callable[[ChaosStack, Fault], Undo | None]] = {
    "kill": _kill,
    "kill a child of": _kill_child,
    "end": _end,
    "freeze": _freeze,
    "cut": _cut,
    "hold": _hold,
    "empty": _empty,
    "fill the disk of": _fill,
    "deliver twice": _twice,
    "deliver late": _late,
    "lose a webhook of": _webhook("lost"),
    "delay a webhook of": _webhook("late"),
    "double a webhook of": _webhook("twice"),
}
