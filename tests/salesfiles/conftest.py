from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import Organisation
    from oas.kernel.documents import Documents
    from oas.kernel.storage import Storage


@pytest.fixture
def viewer_api(organisation: Organisation) -> APIClient:
    """A person of Label A who may only look."""
    from django.contrib.auth.models import User

    from accounts.models import Role
    from accounts.services import add_member, log_in

    user = User.objects.create_user("vera", "vera@label.example", "vera-password-31415")
    add_member(organisation=organisation, user=user, role=Role.VIEWER)
    return _client(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")


@pytest.fixture
def read_key_api(organisation: Organisation) -> APIClient:
    """A program of Label A that may only read."""
    from accounts.services import create_key

    return _client(HTTP_X_API_KEY=create_key(organisation=organisation, name="reader", scopes=["read"])[1].text)


def _client(**headers: str) -> APIClient:
    from rest_framework.test import APIClient

    client = APIClient()
    client.credentials(**headers)
    return client


@pytest.fixture
def no_documents() -> Documents:
    """MongoDB at an address where nothing listens."""
    from oas.kernel.config import glider_config
    from oas.kernel.documents import Documents

    address = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    return Documents(glider_config().model_copy(update={"mongo_url": type(glider_config().mongo_url)(address)}))


@pytest.fixture
def no_storage() -> Storage:
    """S3 at an address where nothing listens."""
    from oas.kernel.config import glider_config
    from oas.kernel.storage import Storage

    return Storage(glider_config().model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))
