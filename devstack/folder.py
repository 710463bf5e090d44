"""The folder of a stack: data, logs, secrets, and the lock that keeps a second stack out.

lock  env  settings  secrets  processes.json  logs/<service>.log  <service>/…  work/  static/
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ALPHANUMERIC = string.ascii_letters + string.digits


class FolderInUse(Exception):
    """Another stack runs in this folder."""


class Folder:
    """Files and folders below `root`, each with the rights that its content needs."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def make(self) -> None:
        """Create the folder. Other accounts may pass through (PostgreSQL may run as one) but not list it."""
        if not self.root.is_dir():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711)

    def private(self, name: str) -> Path:
        """Return the folder `name` below `root`, created for this account only."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        return path

    def log(self, service: str) -> Path:
        return self.private("logs") / f"{service}.log"

    def clear_logs(self) -> None:
        """Remove the logs of earlier runs, so that a log covers one run of the stack."""
        for log in self.private("logs").glob("*.log"):
            log.unlink()

    @property
    def env(self) -> Path:
        return self.root / "env"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises `FolderInUse`. The kernel releases the lock with the process, however that ends."""
        self.make()
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(f"A stack is running in {self.root}: stop it first, or use another folder.") from error

    def settings(self) -> dict[str, str]:
        """Read what the user of the stack has put into the file `settings`, such as OAS_GOOGLE_API_KEY=…"""
        path = self.root / "settings"
        return read_values(path) if path.is_file() else {}

    def secrets(self) -> dict[str, str]:
        """Return the passwords and keys of this stack by name, made at the first start and the same from then on.

        One that is missing (the folder is of an earlier version) is added to the others.
        """
        path = self.root / "secrets"
        kept = read_values(path) if path.exists() else {}
        known = {name: kept.get(name) or value for name, value in _new_secrets().items()}
        if known != kept:
            write_values(path, known)
        return known


def read_values(path: Path) -> dict[str, str]:
    """Read KEY=VALUE lines. A value may contain equal signs."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def write_values(path: Path, values: Mapping[str, str]) -> None:
    """Write KEY=VALUE lines, mode 600. A reader sees the old file or the new one, never half of it."""
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    write_private(path, text)


def write_private(path: Path, text: str) -> None:
    """Replace `path` by a file of mode 600. The rename is atomic."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _new_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PARTNER_SECRET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_PASSWORD": _random(32),
        "REDIS_PASSWORD": _random(32),
        "S3_ACCESS_KEY": "AKIA" + _random(16, string.ascii_uppercase + string.digits),
        "S3_SECRET_KEY": _random(40),
        "API_KEY": f"{_random(8)}.{_random(32)}",
        "ADMIN_PASSWORD": _random(20),
    }


def _random(length: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
