"""TCP proxies that can be cut, held and restored, on one event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

ADDRESS = "127.0.0.1"
PIECE = 64 * 1024
T = TypeVar("T")


class Loop:
    """An event loop in a thread, on which other threads run coroutines."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxies", daemon=True)
        self.thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end and return its result. Raises TimeoutError after ten seconds."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=10)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=10)


class Proxy:
    """Listens on `port` and passes everything on to the port `upstream()`, which may change."""

    def __init__(self, loop: Loop, upstream: Callable[[], int]) -> None:
        self._loop = loop
        self._upstream = upstream
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._tasks: set[asyncio.Task[None]] = set()
        server = loop.run(self._listen())
        self.port: int = server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, ADDRESS, 0)

    # --- from outside ---

    def cut(self) -> None:
        """End every connection now, and new ones at once."""
        self._loop.run(self._cut())

    def hold(self) -> None:
        """Let nothing through in either direction, while connections stay open."""
        self._loop.run(self._hold())

    def restore(self) -> None:
        """Pass on what was held, and take new connections."""
        self._loop.run(self._restore())

    async def _cut(self) -> None:
        self._refuses = True
        for task in self._tasks:
            task.cancel()

    async def _hold(self) -> None:
        self._open.clear()

    async def _restore(self) -> None:
        self._refuses = False
        self._open.set()

    # --- a connection ---

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._relay(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            await self._open.wait()
            if self._refuses:
                raise ConnectionRefusedError
            there, back = await asyncio.open_connection(ADDRESS, self._upstream())
            writers.append(back)
            await self._both(self._pump(reader, back), self._pump(there, writer))
            for each in writers:
                each.close()  # after what was written has been sent
        except (OSError, LookupError, asyncio.CancelledError):
            for each in writers:
                with suppress(Exception):
                    each.transport.abort()

    @staticmethod
    async def _both(*pumps: Coroutine[Any, Any, None]) -> None:
        """Run both directions until either ends."""
        tasks = [asyncio.ensure_future(pump) for pump in pumps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._open.wait()
            writer.write(piece)
            await writer.drain()
        await self._open.wait()
