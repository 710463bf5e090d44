"""The moment at which every test of partners begins, however long the tests before it took."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime.now(UTC).replace(microsecond=0)
