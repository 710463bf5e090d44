"""The servers of a test session, started once for all xdist workers by the process that owns the session."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from devstack.folder import read_values
from tests.environment import fill, made_up

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "oas-tests-"
# The folder and the process id of the session's owner: how workers, which are other processes, find the session.
FOLDER, OWNER = "OAS_TEST_FOLDER", "OAS_TEST_OWNER"
LIMIT = 180.0  # seconds until a stack must be ready
STOP_LIMIT = 30.0  # seconds until a stack must have ended


class NotStarted(Exception):
    """A stack did not come up; the text is its console."""


@dataclass
class LocalStack:
    """A running `manage.py local`. `process` is None for one that another worker of this session has started."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The settings that the stack has written: addresses, keys and passwords."""
        return read_values(self.folder / "env")

    def pids(self) -> dict[str, int]:
        """Process ids of the services by name (postgres, mongo, s3, redis, web, worker, glider, beat)."""
        return {entry["name"]: entry["pid"] for entry in json.loads((self.folder / "processes.json").read_text())}

    def console(self) -> str:
        return (self.folder / "console").read_text(encoding="utf-8")

    def wait_ready(self, limit: float = LIMIT) -> LocalStack:
        """Wait until the stack serves. Raises `NotStarted`, or TimeoutError after `limit` seconds."""
        wait_for(lambda: self._has_ended() or "\nready\n" in self.console(), limit, "the stack to be ready")
        if "\nready\n" not in self.console():
            raise NotStarted(self.console())
        return self

    def _has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> int:
        """End the stack and return its exit code. Only for the process that started it."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=STOP_LIMIT)


def wait_for(condition: Callable[[], object], limit: float, what: str) -> None:
    """Poll until `condition` is true. Raises `TimeoutError` after `limit` seconds."""
    until = time.monotonic() + limit
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {limit:g} s for {what}")
        time.sleep(0.05)


def launch(folder: Path, *words: str, owner: int | None = None) -> LocalStack:
    """Start `manage.py local` in `folder`, without waiting. It ends with the process `owner` (ours when None)."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    command = [sys.executable, str(ROOT / "manage.py"), "local", "--dir", str(folder), *words]
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(
            [*command, "--owner", str(owner or os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return LocalStack(folder=folder, process=process)


class Session:
    """What the owner of the session starts and ends: the xdist controller, or the only process."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o711)
        self.servers: LocalStack | None = None

    def start(self) -> None:
        """Start servers, unless the environment names some, and put their addresses there. Workers inherit it."""
        os.environ[FOLDER], os.environ[OWNER] = str(self.folder), str(os.getpid())
        if "OAS_DATABASE_URL" not in os.environ:
            self.servers = launch(self.folder / "servers", "--servers").wait_ready()
            os.environ.update(self.servers.env)
            _forget_safety(self.servers.env["OAS_DATABASE_URL"])

    def stop(self) -> None:
        if self.servers is not None:
            self.servers.stop()
        _stop_shared(self.folder / "shared")
        shutil.rmtree(self.folder, ignore_errors=True)


def _forget_safety(database: str) -> None:
    """Switch off what protects data from a power cut: PostgreSQL is several times as fast without."""
    with psycopg.connect(database, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


def settings_of_worker(worker: str) -> dict[str, str]:
    """Return the Mongo database, bucket and Redis database of `worker` (pytest-django does the same in PostgreSQL)."""
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    session = Path(os.environ[FOLDER]).name.removeprefix(PREFIX).lower().replace("_", "-")
    name = f"oas-{session}-{worker}"
    broker = os.environ["OAS_REDIS_URL"].rpartition("/")[0]
    return {"OAS_MONGO_DATABASE": name, "OAS_S3_BUCKET": name, "OAS_REDIS_URL": f"{broker}/{number}"}


def configure(worker: str) -> None:
    """Complete the environment of `worker`, from which Django's settings are read."""
    os.environ.update(settings_of_worker(worker))
    fill(made_up() | {"OAS_URL": "http://testserver", "OAS_PROXIES": "0"})
    os.environ["DJANGO_SETTINGS_MODULE"] = "oas.settings"
    from django.conf import settings

    # The settings are used here because pytest-django sets Django up only if they have been. The fast hasher saves
    # time: slow hashes protect real passwords.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Looks for a static file when it is asked for, instead of listing all of them at the start.
    settings.WHITENOISE_AUTOREFRESH = True


def shared_stack() -> LocalStack:
    """Return the one whole stack of the session, which the first worker that asks starts."""
    folder = Path(os.environ[FOLDER]) / "shared"
    with (folder.parent / "shared.lock").open("w") as lock:
        # The other workers wait here until the first has started it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "supervisor").exists():
            stack = launch(folder, "--port", "0", owner=int(os.environ[OWNER]))
            assert stack.process is not None
            (folder / "supervisor").write_text(str(stack.process.pid))
            stack.wait_ready()
    return LocalStack(folder).wait_ready()


def _stop_shared(folder: Path) -> None:
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        supervisor = psutil.Process(int((folder / "supervisor").read_text()))
        supervisor.terminate()
        supervisor.wait(timeout=STOP_LIMIT)
