"""Starting and ending processes so that none is left behind, whatever happens to whom."""

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

MARK = "OAS_LOCAL_DIR"  # in the environment of everything a stack starts: whose it is
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
NOT_PASSED_ON = ("OAS_", "DJANGO_", "CELERY_", "GUNICORN_", "AWS_", "RCLONE_", "PG", "PYTEST_", "MAKE", "MFLAGS")
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """A system account, for a program that refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Account | None:
        """`nobody` when we are root, else None: our own account is good enough. KeyError where nobody is unknown."""
        if os.geteuid() != 0:
            return None
        entry = pwd.getpwnam("nobody")
        return cls(uid=entry.pw_uid, gid=entry.pw_gid)


def base_environment(root: Path) -> dict[str, str]:
    """What a part inherits: none of the settings that its programs or ours would take from the surroundings."""
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

    Where the system can, it gets `death` when we die, even by kill -9.
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
            preexec_fn=_dies_with(os.getpid(), death),  # safe: no other thread runs here
            **rights(account),
        )


def rights(account: Account | None) -> dict[str, Any]:
    """For `subprocess`: run as `account`, without our groups."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _dies_with(parent: int, death: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: runs after the change of account, which would undo it."""

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(SET_DEATH_SIGNAL, int(death), 0, 0, 0)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return ask


def end(processes: Iterable[tuple[subprocess.Popen[bytes], signal.Signals]], *, limit: float) -> None:
    """Ask each with its signal, wait `limit` seconds in all, then kill; children and their children too."""
    asked = list(processes)
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
    """Kill what is still there (psutil compares creation times: a reused id is not hit) and wait until it is gone."""
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
    """When the process was made, in seconds since 1970; 0 when it is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0


def leftovers(recorded: Mapping[int, float], root: Path) -> list[psutil.Process]:
    """What an earlier stack in `root` left running: the recorded processes, and all that carry its mark."""
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
