"""What each worker of a test session has to itself."""

from __future__ import annotations

import os

from rest_framework.test import APIClient

from accounts.models import ApiKey, Organisation
from oas.kernel.config import config
from oas.kernel.storage import storage


def test_a_worker_has_its_own_redis_database_bucket_and_documents() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    assert config().redis_url.get_secret_value().endswith(f"/{number}")
    assert config().mongo_database.endswith(f"-{worker}")
    assert storage().bucket.endswith(f"-{worker}")


def test_the_bucket_of_this_worker_exists() -> None:
    storage().ping()


def test_the_organisation_of_a_test_has_the_people_that_it_names(
    organisation: Organisation, alice_api: APIClient, key_api: APIClient
) -> None:
    assert ApiKey.objects.of(organisation).count() == 1
    assert list(organisation.memberships.values_list("user__username", "role")) == [("alice", "owner")]
