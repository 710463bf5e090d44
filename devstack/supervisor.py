"""The supervisor: starts services together, starts a dead one again, and gives up on one that keeps dying."""

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
from devstack.services.service import Build, Service, is_taken

TICK = 0.05  # seconds between two looks at all services
READY_LIMIT = 120.0  # seconds until all services that start together must serve
STOP_LIMIT = 8.0  # seconds that services of a wave have to end by themselves
DEATHS = 5  # of one service, within `WITHIN` seconds, end the stack
WITHIN = 60.0  # seconds
BACK_OFF = (0.5, 10.0)  # seconds before a start: after the first death, and at most
PORT_TRIES = 5
TIMED_OUT = 124  # the exit code of a step that was ended, as timeout(1) has it


class ServiceFailed(Exception):
    """A service did not come up, or keeps dying; the text ends with the tail of its log."""


@dataclass
class Running:
    """A service and its process. `deaths` are times of the monotonic clock, `again_at` the one of its next start (None
    while it runs); `why` is the first line of the last reason that it was not ready."""

    build: Build
    service: Service
    process: subprocess.Popen[bytes]
    wave: int
    tries: int = 1
    ready: bool = False
    why: str = ""
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    again_at: float | None = None


class Supervisor:
    """Runs services, with their logs in `folder`. It has no thread of its own: services are looked at by `tick`, which
    every method that waits calls. `report` takes each sentence for the console; `persist`: it never gives up."""

    def __init__(self, folder: Folder, report: Callable[[str], None], *, persist: bool = False) -> None:
        self.folder = folder
        self.report = report
        self.persist = persist
        self.running: list[Running] = []

    # --- starting ---

    def end_leftovers(self) -> None:
        """End the processes of an earlier stack in this folder that was killed."""
        path = self.folder.processes
        recorded = json.loads(path.read_text()) if path.exists() else []
        left = process.leftovers({entry["pid"]: entry["created"] for entry in recorded}, self.folder.root)
        if left:
            self.report(f"ending {len(left)} processes that an earlier run has left")
        process.kill(left)

    def launch(self, *builds: Build, wave: int) -> None:
        """Start services without waiting until they serve. `stop` ends the highest wave first."""
        for build in builds:
            service = build()
            self.running.append(Running(build, service, self._spawn(service), wave))
        self._record()

    def wait_ready(self, limit: float = READY_LIMIT) -> None:
        """Wait until all services serve. Raises `ServiceFailed` for one that keeps ending, or is late after `limit`
        seconds."""
        until = time.monotonic() + limit
        while late := [one for one in self.running if not self._is_ready(one)]:
            if time.monotonic() > until:
                raise self._failure(late[0], f"did not become ready within {limit:.0f} seconds ({late[0].why})")
            self.tick()
            time.sleep(TICK)

    def _is_ready(self, one: Running) -> bool:
        if not one.ready and one.process.poll() is None:
            try:
                one.service.ready()
                one.ready = True
            # Each driver has its own exceptions, and each of them means: not yet.
            except Exception as error:
                one.why = str(error).strip().split("\n")[0][:200] or type(error).__name__
        return one.ready

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        return process.spawn(
            service.command,
            env=service.env,
            cwd=service.cwd,
            log=self.folder.log(service.name),
            account=service.account,
            fds=service.fds,
            death=service.death,
        )

    def _record(self) -> None:
        """Write which processes run, for people, for tests, and for `end_leftovers`."""
        entries = [
            {
                "name": one.service.name,
                "pid": one.process.pid,
                "created": process.created(one.process.pid),
                "port": one.service.port,
            }
            for one in self.running
        ]
        write_private(self.folder.processes, json.dumps(entries))

    # --- watching ---

    def tick(self) -> None:
        """Look at every service once, and start a dead one again when its wait is over. Raises `ServiceFailed`."""
        for one in self.running:
            if one.again_at is not None:
                self._start_again(one)
            elif one.process.poll() is not None:
                self._died(one)

    def watch(self, owner: int | None = None) -> None:
        """Watch until the process `owner` is gone, or for ever when None. Raises `ServiceFailed`."""
        while owner is None or psutil.pid_exists(owner):
            self.tick()
            time.sleep(TICK)

    def run(
        self, command: Sequence[str], *, env: dict[str, str], cwd: Path, log: Path | None = None, limit: float
    ) -> int:
        """Run `command` to its end while services are watched, and return its exit code.

        It writes to the console when `log` is None. After `limit` seconds it is ended, which is `TIMED_OUT`.
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
        # Children that outlive their parent would keep its port and its data.
        process.kill_group(one.process.pid)
        if not one.ready:
            self._try_another_port(one)
            return
        one.deaths.append(time.monotonic())
        if not self.persist and len(one.deaths) == DEATHS and one.deaths[-1] - one.deaths[0] < WITHIN:
            raise self._failure(one, f"died {DEATHS} times within a minute")
        wait = self._back_off(one)
        self.report(f"{one.service.name} {_ending(one.process.returncode)}; starting it again in {wait:g} s")
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
            one.process = self._spawn(one.service)
            self._record()

    def _try_another_port(self, one: Running) -> None:
        """Build the service again if another process took its port before it was bound. Raises `ServiceFailed`."""
        taken = one.service.port is not None and is_taken(one.service.port)
        if not taken or one.tries >= PORT_TRIES:
            raise self._failure(one, f"{_ending(one.process.returncode)} before it was ready")
        one.tries += 1
        one.service = one.build()
        one.process = self._spawn(one.service)
        self._record()

    def _failure(self, one: Running, what: str) -> ServiceFailed:
        log = self.folder.log(one.service.name)
        return ServiceFailed(f"{one.service.name} {what}. The end of {log}:\n{tail(log)}")

    # --- ending ---

    def stop(self) -> None:
        """End all services, wave by wave: clients before the servers that they use."""
        for wave in sorted({one.wave for one in self.running}, reverse=True):
            process.end([(one.process, one.service.stop) for one in self.running if one.wave == wave], limit=STOP_LIMIT)
        self.running.clear()
        self.folder.processes.unlink(missing_ok=True)


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def tail(log: Path, lines: int = 30) -> str:
    """Return the last `lines` of `log`; empty when it does not exist."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
