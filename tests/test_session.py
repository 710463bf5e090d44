"""Tests on different workers do not get into each other's way."""

from __future__ import annotations

import os

from oas.kernel.config import config
from oas.kernel.storage import storage


def test_a_worker_has_its_own_redis_database_bucket_and_documents() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    assert config().redis_url.get_secret_value().endswith(f"/{number}")
    assert config().mongo_database.endswith(f"-{worker}")
    assert storage().bucket.endswith(f"-{worker}")
