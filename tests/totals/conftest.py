from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import Organisation


@pytest.fixture
def viewer_api(organisation: Organisation) -> APIClient:
    """A person of Label A who may only read."""
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

    from accounts.models import Role
    from accounts.services import add_member, log_in

    user = User.objects.create_user("vera", "vera@label.example", "vera-password-31415")
    add_member(organisation=organisation, user=user, role=Role.VIEWER)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")
    return client
