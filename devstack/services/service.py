"""A service of the stack: how it is started, when it is ready, how it is asked to end."""

from __future__ import annotations

import errno
import importlib.util
import signal
import socket
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.process import Account

ADDRESS = "127.0.0.1"
CONNECT = 1.0  # seconds until a question to a service is given up


@dataclass(frozen=True)
class Service:
    """One process to run, with its children.

    `ready` raises any exception until the service serves. `fds` are open files that the process inherits. `stop` is the
    signal that asks it to end, `death` the one that the kernel sends it when its parent dies.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], object]
    env: Mapping[str, str]
    cwd: Path
    port: int | None = None
    fds: tuple[int, ...] = ()
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    death: signal.Signals = signal.SIGKILL


# Called once per attempt to start: a service that finds its port taken is built again, on another free port.
Build = Callable[[], Service]


class NotReady(Exception):
    """A service answers, but not yet as it should."""


class NotInstalled(Exception):
    """A package of the embedded stack is missing; the text names it and how to install it."""


def free_port() -> int:
    """Return a port that no process listens on now.

    Another process may take it before it is used, so the supervisor builds a service again that could not bind.
    """
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a server that has just ended, in TIME_WAIT, do not keep its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
    return False


def wheel(package: str) -> Path:
    """Return the folder of an installed package, without importing it. Raises `NotInstalled`."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled(f"The package {package} is not installed: run make install.")
    return Path(spec.submodule_search_locations[0])


def script(name: str) -> str:
    """Return the path of a program that a wheel put beside our Python. Raises `NotInstalled`."""
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.is_file():
        raise NotInstalled(f"The program {name} is not installed: run make install.")
    return str(path)


def expect(condition: object, what: str) -> None:
    """Raise `NotReady` with the text `what` unless `condition` holds."""
    if not condition:
        raise NotReady(what)
