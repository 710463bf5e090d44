"""The whole embedded stack, with a proxy in front of each server and a relay in front of the webhook."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis
from celery import Celery

from devstack.folder import Folder, write_values
from devstack.services import postgres
from devstack.services.service import free_port
from tests.chaos.disk import Disk, small_disk
from tests.chaos.proxy import Loop, Proxy
from tests.chaos.webhooks import WebhookRelay
from tests.session import ROOT, LocalStack, launch

SERVERS = ("postgres", "mongo", "redis", "s3")
SERVICES = (*SERVERS, "web", "worker", "links", "glider", "beat")
# Short times, so that what a fault has broken is found while the run lasts; limits that no sender reaches.
QUICK = {
    "OAS_SWEEP_AFTER": "5",
    "OAS_SWEEP_EVERY": "2",
    "OAS_LEASE_SECONDS": "5",
    "OAS_JOB_ATTEMPTS": "15",
    "OAS_REQUESTS_PER_MINUTE": "100000",
}


class ChaosStack:
    """A stack in `root` that one process starts, breaks and ends."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root)
        self.folder.make()
        self.secrets = self.folder.secrets()
        self.loop = Loop()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.webhooks = WebhookRelay(lambda: f"{self.url}/api/webhooks/glider/")
        self.proxies = {name: Proxy(self.loop, lambda name=name: self.server_port(name)) for name in SERVERS}  # type: ignore[misc]
        self.disk: Disk = small_disk(self.folder.private("small"), self.glider_processes)
        write_values(self.folder.root / "settings", self._settings())
        self.local: LocalStack = launch(self.folder.root, "--port", str(self.port), "--persist")

    def _settings(self) -> dict[str, str]:
        ports = {name: proxy.port for name, proxy in self.proxies.items()}
        return {
            **QUICK,
            "OAS_DATABASE_URL": postgres.url(ports["postgres"], self.secrets["DATABASE_PASSWORD"]),
            "OAS_MONGO_URL": f"mongodb://127.0.0.1:{ports['mongo']}",
            "OAS_REDIS_URL": self.redis_url(ports["redis"]),
            "OAS_S3_ENDPOINT": f"http://127.0.0.1:{ports['s3']}",
            "OAS_CALLBACK_URL": self.webhooks.url,
            "OAS_WORK_DIR": str(self.disk.folder),
        }

    def wait_ready(self) -> None:
        """Wait until the stack serves."""
        self.local.wait_ready(180)
        # Processes are killed here but no power is cut, so PostgreSQL need not sync all data after each death.
        with self.database() as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

    def stop(self) -> None:
        for proxy in self.proxies.values():
            proxy.restore()
        self.disk.free()
        self.thaw()
        with suppress(subprocess.TimeoutExpired):
            self.local.stop()
        self.webhooks.stop()
        self.loop.stop()
        self.disk.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder.root, ignore_errors=True)

    # --- processes and ports ---

    def entries(self) -> dict[str, dict[str, Any]]:
        with suppress(FileNotFoundError, ValueError):
            return {entry["name"]: entry for entry in json.loads(self.folder.processes.read_text())}
        return {}

    def server_port(self, name: str) -> int:
        """Return the port of a server, which changes with a restart. Raises KeyError before its first start."""
        return int(self.entries()[name]["port"])

    def redis_url(self, port: int) -> str:
        return f"redis://:{self.secrets['REDIS_PASSWORD']}@127.0.0.1:{port}/0"

    def processes(self, service: str) -> list[psutil.Process]:
        """Return the main process of a service, then its descendants; empty when it does not run."""
        with suppress(KeyError, psutil.NoSuchProcess):
            main = psutil.Process(self.entries()[service]["pid"])
            return [main, *main.children(recursive=True)]
        return []

    def glider_processes(self) -> list[psutil.Process]:
        return self.processes("glider")

    def thaw(self) -> None:
        """Resume every process that a fault has frozen."""
        for service in SERVICES:
            for process in self.processes(service):
                with suppress(psutil.Error):
                    process.resume()

    # --- connections that bypass the proxies ---

    def database(self) -> psycopg.Connection[tuple[Any, ...]]:
        url = postgres.url(self.server_port("postgres"), self.secrets["DATABASE_PASSWORD"])
        return psycopg.connect(url, connect_timeout=3, autocommit=True)

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url(self.server_port("redis")), socket_timeout=3)

    def celery(self) -> Celery:
        app = Celery(broker=self.redis_url(self.server_port("redis")))
        app.conf.broker_transport_options = {"socket_timeout": 3, "socket_connect_timeout": 3}
        return app

    # --- commands ---

    def manage(self, *words: str, limit: float = 300) -> tuple[int, str]:
        """Run `manage.py …` and return its exit code and what it printed."""
        return self._run(["manage.py", *words], limit)

    def module(self, *words: str, limit: float = 300) -> tuple[int, str]:
        return self._run(["-m", *words], limit)

    def _run(self, words: list[str], limit: float) -> tuple[int, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OAS_", "DJANGO_"))}
        ended = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=kept | self.local.env,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        return ended.returncode, ended.stdout + ("" if ended.returncode == 0 else ended.stderr)
