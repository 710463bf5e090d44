from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import Organisation
    from tests.promises.world import World


@pytest.fixture
def world(
    organisation: Organisation, other_organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Label A with one of everything, while no worker runs."""
    from oas.kernel.config import config
    from tests.promises.world import make_world, quiet

    quiet(monkeypatch)
    yield make_world(organisation, other_organisation, tmp_path)
    monkeypatch.undo()
    config.cache_clear()
