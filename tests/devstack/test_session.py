from __future__ import annotations

from rest_framework.test import APIClient

from accounts.models import ApiKey, Organisation
from oas.kernel.storage import storage


def test_the_bucket_of_this_worker_is_there() -> None:
    storage().ping()


def test_people(organisation: Organisation, alice_api: APIClient, key_api: APIClient) -> None:
    assert ApiKey.objects.of(organisation).count() == 1
