from __future__ import annotations

import pytest


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """OAS without the rates that come with it, so that a test knows every rate."""
    monkeypatch.setattr("rates.services.shipped_days", lambda period: {})
