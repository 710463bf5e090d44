"""Keeps parts running: starts them together, starts a dead one again, gives up on one that keeps dying (unless it is
told to `persist`)."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from devstack import process
from devstack.folder import Folder, write_private
from devstack.service import Build, Part, is_taken

TICK = 0.05  # seconds between two looks
READY_LIMIT = 120.0  # seconds until all parts that start together must serve
STOP_LIMIT = 8.0  # seconds a part has to end by itself
DEATHS = 5  # so many …
WITHIN = 60.0  # … in so many seconds end the stack
BACK_OFF = (0.5, 10.0)  # seconds: first and longest
PORT_TRIES = 5
TIMED_OUT = 124  # the exit code of a step that was ended, as timeout(1) has it


class PartFailed(Exception):
    """A part did not come up, or keeps dying; the text holds the tail of its log."""


@dataclass
class Running:
    build: Build
    part: Part
    process: subprocess.Popen[bytes]
    wave: int
    tries: int = 1
    ready: bool = False
    why: str = ""
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    again_at: float | None = None


class Supervisor:
    def __init__(self, folder: Folder, say: Callable[[str], None], *, persist: bool = False) -> None:
        self.folder = folder
        self.say = say
        self.persist = persist
        self.running: list[Running] = []

    # --- starting ---

    def end_leftovers(self) -> None:
        """End what a stack that was killed here left behind."""
        path = self.folder.processes
        recorded = json.loads(path.read_text()) if path.exists() else []
        left = process.leftovers({entry["pid"]: entry["created"] for entry in recorded}, self.folder.root)
        if left:
            self.say(f"ending {len(left)} processes that an earlier run left behind")
        process.kill(left)

    def launch(self, *builds: Build, wave: int) -> None:
        """Start parts without waiting for them; `stop` ends the highest wave first."""
        for build in builds:
            part = build()
            self.running.append(Running(build, part, self._spawn(part), wave))
        self._record()

    def wait_ready(self, limit: float = READY_LIMIT) -> None:
        """Raises `PartFailed` for the first part that ends, or that does not serve within `limit` seconds."""
        until = time.monotonic() + limit
        while late := [one for one in self.running if not self._is_ready(one)]:
            if time.monotonic() > until:
                raise self._failure(late[0], f"did not become ready within {limit:.0f} seconds ({late[0].why})")
            self.tick()
            time.sleep(TICK)

    def _is_ready(self, one: Running) -> bool:
        if not one.ready and one.process.poll() is None:
            try:
                one.part.ready()
                one.ready = True
            except Exception as error:  # whatever a driver raises, it means: not yet
                one.why = str(error).strip().split("\n")[0][:200] or type(error).__name__
        return one.ready

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        return process.spawn(
            part.command,
            env=part.env,
            cwd=part.cwd,
            log=self.folder.log(part.name),
            account=part.account,
            fds=part.fds,
            death=part.death,
        )

    def _record(self) -> None:
        """Who runs, for people, for tests, and for `end_leftovers`."""
        entries = [
            {
                "name": one.part.name,
                "pid": one.process.pid,
                "created": process.created(one.process.pid),
                "port": one.part.port,
            }
            for one in self.running
        ]
        write_private(self.folder.processes, json.dumps(entries))

    # --- watching ---

    def tick(self) -> None:
        """Look at every part once. Raises `PartFailed`."""
        for one in self.running:
            if one.again_at is not None:
                self._start_again(one)
            elif one.process.poll() is not None:
                self._died(one)

    def watch(self, owner: int | None = None) -> None:
        """Until the process `owner` is gone; for ever when None. Raises `PartFailed`."""
        while owner is None or psutil.pid_exists(owner):
            self.tick()
            time.sleep(TICK)

    def run(
        self, command: Sequence[str], *, env: dict[str, str], cwd: Path, log: Path | None = None, limit: float
    ) -> int:
        """Run `command` to its end while watching the parts; returns its exit code. Without `log` it is seen.

        Ended after `limit` seconds.
        """
        until = time.monotonic() + limit
        step = process.spawn(command, env=env, cwd=cwd, log=log)
        try:
            while step.poll() is None and time.monotonic() < until:
                self.tick()
                time.sleep(TICK)
        finally:
            code = step.returncode
            process.end([(step, signal.SIGTERM)], limit=STOP_LIMIT)
        return TIMED_OUT if code is None else code

    def _died(self, one: Running) -> None:
        process.kill_group(one.process.pid)
        if not one.ready:
            self._try_another_port(one)
            return
        one.deaths.append(time.monotonic())
        if not self.persist and len(one.deaths) == DEATHS and one.deaths[-1] - one.deaths[0] < WITHIN:
            raise self._failure(one, f"died {DEATHS} times within a minute")
        wait = self._back_off(one)
        self.say(f"{one.part.name} {_ending(one.process.returncode)}; starting it again in {wait:g} s")
        one.again_at = time.monotonic() + wait

    def _back_off(self, one: Running) -> float:
        recent = sum(1 for death in one.deaths if one.deaths[-1] - death < WITHIN)
        first, longest = BACK_OFF
        if self.persist:
            return first
        return min(longest, first * 2.0 ** (recent - 1))

    def _start_again(self, one: Running) -> None:
        if one.again_at is not None and time.monotonic() >= one.again_at:
            one.again_at = None
            one.process = self._spawn(one.part)
            self._record()

    def _try_another_port(self, one: Running) -> None:
        """Between choosing a port and binding to it somebody else may have taken it."""
        taken = one.part.port is not None and is_taken(one.part.port)
        if not taken or one.tries >= PORT_TRIES:
            raise self._failure(one, f"{_ending(one.process.returncode)} before it was ready")
        one.tries += 1
        one.part = one.build()
        one.process = self._spawn(one.part)
        self._record()

    def _failure(self, one: Running, what: str) -> PartFailed:
        log = self.folder.log(one.part.name)
        return PartFailed(f"{one.part.name} {what}. The end of {log}:\n{tail(log)}")

    # --- ending ---

    def stop(self) -> None:
        """End all parts, wave by wave (clients before the servers they use)."""
        for wave in sorted({one.wave for one in self.running}, reverse=True):
            process.end([(one.process, one.part.stop) for one in self.running if one.wave == wave], limit=STOP_LIMIT)
        self.running.clear()
        self.folder.processes.unlink(missing_ok=True)


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def tail(log: Path, lines: int = 30) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
