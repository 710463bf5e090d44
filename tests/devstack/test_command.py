"""`manage.py local`: its options, and what it refuses."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.session import ROOT, launch


def test_help_needs_no_settings() -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "local", "--help"]
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("OAS_", "DJANGO_"))}

    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True, timeout=30)

    for option in ("--dir", "--port", "--once"):
        assert option in done.stdout


def test_a_file_that_is_not_there_is_refused_in_a_sentence(folder: Path) -> None:
    refused = launch(folder / "once", "--once", "no/such/file.csv")

    assert refused.process is not None
    assert refused.process.wait(timeout=20) == 2
    assert refused.console() == "There is no file no/such/file.csv.\n"


def test_a_taken_port_is_refused_in_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = launch(folder / "taken", "--port", str(port))
        assert refused.process is not None
        refused.process.wait(timeout=20)

    assert refused.process.returncode == 2
    assert f"Port {port} cannot be had" in refused.console()


def test_an_installation_without_the_embedded_stack_refuses_in_a_sentence(tmp_path: Path) -> None:
    """As the image is: it has no `devstack`."""
    shutil.copy(ROOT / "manage.py", tmp_path)

    refused = subprocess.run(
        [sys.executable, "manage.py", "local"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "The embedded stack is not installed here (devstack is missing): "
        "run make install in a clone of the repository.\n"
    )
