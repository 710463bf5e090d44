from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import Organisation
    from tests.glider.reporting.driving import Lake


@pytest.fixture
def lake(organisation: Organisation, tmp_path: Path) -> Lake:
    """Label A's sales and catalogue of January 2025."""
    from tests.glider.reporting.driving import Lake
    from tests.reports.driving import sold

    lake = Lake(tmp_path, organisation=organisation.pk)
    sold(organisation, lake)
    return lake


@pytest.fixture
def viewer_api(organisation: Organisation) -> APIClient:
    """Somebody of Label A who may only look."""
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

    from accounts.models import Role
    from accounts.services import add_member, log_in

    user = User.objects.create_user("vera", "vera@label.example", "vera-password-31415")
    add_member(organisation=organisation, user=user, role=Role.VIEWER)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")
    return client
