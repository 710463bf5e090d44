from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, and open to the account that PostgreSQL runs as."""
    made = Path(tempfile.mkdtemp(prefix="oas-stack-"))
    made.chmod(0o711)
    yield made
    rmtree(made)
