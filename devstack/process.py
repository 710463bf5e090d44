"""Processes: started and ended so that none is left running, however their parent or they themselves end."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

MARK = "OAS_LOCAL_DIR"  # in the environment of every process of a stack: the folder of that stack
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
# Settings of our own programs and of libraries, by the beginnings of their names. Inherited, they would lead a service
# to another server, or make a test see the settings of the shell it was started from.
NOT_PASSED_ON = ("OAS_", "DJANGO_", "CELERY_", "GUNICORN_", "AWS_", "RCLONE_", "PG", "PYTEST_", "MAKE", "MFLAGS")
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """A system account, for a program that refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Account | None:
        """Return `nobody` when we are root, else None (our own account). Raises KeyError where `nobody` is unknown."""
        if os.geteuid() != 0:
            return None
        entry = pwd.getpwnam("nobody")
        return cls(uid=entry.pw_uid, gid=entry.pw_gid)


def base_environment(root: Path) -> dict[str, str]:
    """Return our environment without the settings in `NOT_PASSED_ON`, marked as that of the stack in `root`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    local = "127.0.0.1,localhost"
    return kept | {MARK: str(root), "NO_PROXY": local, "no_proxy": local, "PYTHONUNBUFFERED": "1"}


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None,
    account: Account | None = None,
    fds: tuple[int, ...] = (),
    death: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `command` as the leader of a group, writing to `log` (to our own output when None).

    On Linux the kernel sends it `death` when we die, even by kill -9; elsewhere `leftovers` finds it at the next start.
    """
    with nullcontext() if log is None else log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if log is None else subprocess.STDOUT,
            pass_fds=fds,
            start_new_session=True,
            # Not safe beside other threads, of which a supervisor has none.
            preexec_fn=_dies_with(os.getpid(), death),
            **rights(account),
        )


def rights(account: Account | None) -> dict[str, Any]:
    """Return the options of `subprocess` that run a program as `account`, without our groups."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _dies_with(parent: int, death: signal.Signals) -> Callable[[], None]:
    """Return a function for `preexec_fn`, which runs after the change of account: that would undo the request."""

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(SET_DEATH_SIGNAL, int(death), 0, 0, 0)
            # The parent may have died before the request, which then never fires.
            if os.getppid() != parent:
                os._exit(1)

    return ask


def end(processes: Iterable[tuple[subprocess.Popen[bytes], signal.Signals]], *, limit: float) -> None:
    """Send each process its signal, wait `limit` seconds in all, then kill what is left, descendants included."""
    asked = list(processes)
    # Before the signals: the children of a process that has ended can no longer be found by it.
    family = [member for process, _ in asked for member in _family(process.pid)]
    for process, stop in asked:
        with suppress(ProcessLookupError):
            process.send_signal(stop)
    psutil.wait_procs(family, timeout=limit)
    for process, _ in asked:
        kill_group(process.pid)
    kill(family)
    for process, _ in asked:
        process.wait()


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill those that still run and wait up to five seconds. A reused id is safe: psutil compares creation times."""
    alive = [process for process in processes if process.is_running()]
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def created(pid: int) -> float:
    """Return when the process was created, in seconds since 1970; 0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def leftovers(recorded: Mapping[int, float], root: Path) -> list[psutil.Process]:
    """Find what an earlier stack in `root` left running: the recorded processes (id → creation time), and all with its
    mark."""
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    others = (process for process in psutil.process_iter() if process.pid not in ourselves)
    return [process for process in others if _is_leftover(process, recorded, root)]


def _is_leftover(process: psutil.Process, recorded: Mapping[int, float], root: Path) -> bool:
    try:
        if process.pid in recorded and abs(process.create_time() - recorded[process.pid]) < 0.05:
            return True
        return process.environ().get(MARK) == str(root)
    except (psutil.Error, OSError):
        return False
