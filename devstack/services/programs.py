"""The programs of OAS itself: the web server, the workers of OAS and of Glider, and beat."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
from celery import Celery

from devstack.folder import Folder
from devstack.services.service import ADDRESS, CONNECT, Service, expect

ROOT = Path(__file__).resolve().parents[2]
# As in production: what a Glider worker does not have, it cannot leak.
NOT_FOR_GLIDER = ("OAS_DATABASE_URL", "OAS_SECRET_KEY", "OAS_API_KEY", "OAS_ADMIN_USER", "OAS_ADMIN_PASSWORD")
# Workers do not need to know of each other; without these a worker starts and ends sooner.
WORKER = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
PING = 0.3  # seconds that a worker has to answer


class PortTaken(Exception):
    """The port of the web server belongs to another program."""


class Programs:
    """Builds the programs. `env` is the whole environment of OAS, `listener` the open socket that `web` serves."""

    def __init__(self, folder: Folder, env: Mapping[str, str], listener: socket.socket) -> None:
        self.folder = folder
        self.env = dict(env)
        self.listener = listener
        self.celery = Celery(broker=env["OAS_REDIS_URL"])

    def web(self) -> Service:
        """Build the web server on the socket that is already open.

        So the address is taken from the start of the stack, and clients wait while the server restarts.
        """
        bind = f"fd://{self.listener.fileno()}"
        options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5"]
        files = ["--worker-tmp-dir", str(self.folder.private("work")), "--access-logfile", "-"]
        command = [*module("gunicorn"), "oas.wsgi:application", "--bind", bind, *options, *files]
        fds = (self.listener.fileno(),)
        return replace(self._service("web", command, self._web_ready), fds=fds, death=signal.SIGINT)

    def worker(self) -> Service:
        return self._worker("worker", app="oas.celery", queue="oas", processes=2, env=self.env)

    def links(self) -> Service:
        # One process more than `OAS_LINK_DOWNLOADS` (devstack.stack): a link is listed while another is fetched.
        return self._worker("links", app="oas.celery", queue="links", processes=2, env=self.env)

    def glider(self) -> Service:
        env = {name: value for name, value in self.env.items() if name not in NOT_FOR_GLIDER}
        return self._worker("glider", app="glider.celery", queue="glider", processes=1, env=env)

    def beat(self) -> Service:
        schedule = self.folder.private("beat") / "schedule"
        command = [*module("celery"), "-A", "oas.celery", "beat", "--loglevel", "INFO", "--schedule", str(schedule)]
        return self._service("beat", [*command, "--pidfile", ""], self._beat_ready)

    def _worker(self, name: str, *, app: str, queue: str, processes: int, env: Mapping[str, str]) -> Service:
        node = f"{name}@oas"
        command = [*module("celery"), "-A", app, "worker", "-Q", queue, "-c", str(processes), "-n", node, *WORKER]
        return replace(self._service(name, command, lambda: self._worker_ready(node)), env=env)

    def _service(self, name: str, command: list[str], ready: Callable[[], object]) -> Service:
        return Service(name=name, command=command, ready=ready, env=self.env, cwd=ROOT)

    def _web_ready(self) -> None:
        answer = httpx.get(f"{self.env['OAS_URL']}/livez", timeout=CONNECT, trust_env=False)
        # A 4xx is a sign of life too: only an error of the server's own counts as not ready.
        expect(answer.status_code < 500, f"/livez answers {answer.status_code}")

    def _worker_ready(self, node: str) -> None:
        expect(self.celery.control.ping(destination=[node], timeout=PING), "it does not answer a ping")

    def _beat_ready(self) -> None:
        expect("beat: Starting" in self.folder.log("beat").read_text(), "it has not started")


def module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def listen(port: int) -> socket.socket:
    """Open a socket that listens on `port` (0: a free one). Raises `PortTaken`."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Port {port} cannot be had ({error.strerror}): choose another, or 0 for a free one."
        ) from error
    listener.listen(128)
    return listener
