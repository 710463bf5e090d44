"""One part of the stack: how it is started, when it is ready, how it is asked to end."""

from __future__ import annotations

import errno
import importlib.util
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.process import Account

ADDRESS = "127.0.0.1"
CONNECT = 1.0  # seconds that a question to a part may take


@dataclass(frozen=True)
class Part:
    """`ready` raises whatever it likes until the part serves. `death` is the signal it gets when its parent dies."""

    name: str
    command: Sequence[str]
    ready: Callable[[], object]
    env: Mapping[str, str]
    cwd: Path
    port: int | None = None
    fds: tuple[int, ...] = ()  # open files handed over to it
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    death: signal.Signals = signal.SIGKILL


Build = Callable[[], Part]  # makes the part anew, on another free port where the port is not fixed


class NotReady(Exception):
    """The part answers, but not yet as it should."""


def free_port() -> int:
    """A port nobody listens on now; it may be taken before it is used, so a part that cannot bind asks again."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
    return False


def wheel(package: str) -> Path:
    """The folder of an installed package whose files are wanted, not its code: it is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"The package {package} is not installed: run make install.")
    return Path(spec.submodule_search_locations[0])


def expect(condition: object, what: str) -> None:
    if not condition:
        raise NotReady(what)
