"""Connections that are watched while they wait for bytes: how long in all, how fast, and whether they are still wanted.

A host that sends one byte every few seconds keeps the limit on each single wait for ever. So a watch adds up what all
requests of one piece of work have waited and received, and is asked at least once a second, also while nothing arrives.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import httpcore

TICK: Final = 1.0  # seconds of one wait, after which the watches are asked again
_current: ContextVar[Watch | None] = ContextVar("watch", default=None)


class SlowHost(Exception):
    """The host sends more slowly, or for longer, than is allowed; the text says which and shows no address."""


@dataclass
class Watch:
    """Watches the connections of one piece of work.

    They may last `seconds` together, and must bring `least_speed` bytes a second over any `window` seconds of waiting
    for the host; the time in which the bytes are worked on does not count. `look` is called at least once a second
    while they wait, and ends them by raising.
    """

    seconds: float
    least_speed: int = 0
    window: float = 30.0
    look: Callable[[], object] = lambda: None
    _until: float = field(init=False)
    _waited: float = field(init=False, default=0.0)
    _bytes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds

    def check(self) -> None:
        """Raise `SlowHost` when the time is over, and what `look` raises."""
        self.look()
        if time.monotonic() > self._until:
            raise SlowHost(f"It took longer than {self.seconds:.0f} seconds.")

    def note(self, count: int, waited: float) -> None:
        """Count `count` bytes that took `waited` seconds to arrive. Raises `SlowHost` below the least speed."""
        self._bytes += count
        self._waited += waited
        if self._waited < self.window:
            return
        if self._bytes < self.least_speed * self._waited:
            raise SlowHost(f"It sends fewer than {self.least_speed} bytes a second.")
        self._bytes, self._waited = 0, 0.0


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let `watch` see every request that this thread makes in the block."""
    before = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(before)


def watches_of(own: Watch) -> tuple[Watch, ...]:
    """The watches of a request: its own, and that of the work it is part of."""
    around = _current.get()
    return (own,) if around is None else (own, around)


class WatchedBackend(httpcore.NetworkBackend):
    """Opens connections as httpcore does, and has `watches` see them."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.inner = httpcore.SyncBackend()
        self.watches = watches

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        for watch in self.watches:
            watch.check()
        stream = self.inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _WatchedStream(stream, self.watches)


class _WatchedStream(httpcore.NetworkStream):
    """A connection whose waits are cut into ticks. A wait that is cut loses no byte, with TLS neither."""

    def __init__(self, inner: httpcore.NetworkStream, watches: Sequence[Watch]) -> None:
        self.inner = inner
        self.watches = watches

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        until = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            for watch in self.watches:
                watch.check()
            if (piece := self._read(max_bytes, until)) is not None:
                return piece

    def _read(self, max_bytes: int, until: float) -> bytes | None:
        """What arrives within a tick; None if nothing does. Raises ReadTimeout at `until`."""
        started = time.monotonic()
        piece = None
        try:
            piece = self.inner.read(max_bytes, timeout=max(0.01, min(TICK, until - started)))
        except httpcore.ReadTimeout:
            if time.monotonic() >= until:
                raise
        for watch in self.watches:
            watch.note(len(piece or b""), time.monotonic() - started)
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, timeout)

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _WatchedStream(self.inner.start_tls(ssl_context, server_hostname, timeout), self.watches)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
