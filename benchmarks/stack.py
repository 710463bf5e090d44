"""The embedded stack for a benchmark, in a temporary folder, which ends with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from devstack.folder import read_values

ROOT: Final = Path(__file__).resolve().parents[1]
START_LIMIT: Final = 120.0  # seconds
NO_LIMITS: Final = {
    f"OAS_{name}": "1000000000000"
    for name in ("REQUESTS_PER_MINUTE", "ORGANISATION_REQUESTS_PER_MINUTE", "FILES_IN_FLIGHT", "BYTES_A_DAY")
}  # settings for a stack that refuses no request


@contextmanager
def stack(*options: str, settings: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Run a stack while the block lasts, and yield its settings (OAS_URL, OAS_API_KEY …), also in the environment.

    `options` are those of `manage.py local` (`--servers`: without OAS itself); `settings` (`OAS_…`) differ from the
    defaults. Raises SystemExit with its console when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="oas-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "settings").write_text("".join(f"{name}={value}\n" for name, value in (settings or {}).items()))
        command = [sys.executable, str(ROOT / "manage.py"), "local", "--dir", name, "--port", "0", *options]
        with (folder / "console").open("wb") as console:
            process = subprocess.Popen([*command, "--owner", str(os.getpid())], stdout=console, stderr=console)
        try:
            values = _ready(process, folder)
            os.environ.update(values)
            yield values
        finally:
            process.terminate()
            process.wait(timeout=60)


def _ready(process: subprocess.Popen[bytes], folder: Path) -> dict[str, str]:
    until = time.monotonic() + START_LIMIT
    while "\nready\n" not in (folder / "console").read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit((folder / "console").read_text())
        time.sleep(0.1)
    return read_values(folder / "env")
