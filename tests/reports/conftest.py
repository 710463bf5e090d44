from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from rest_framework.test import APIClient

    from accounts.models import Organisation
    from reports.models import Report
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
    """A person of Label A who may only look."""
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

    from accounts.models import Role
    from accounts.services import add_member, log_in

    user = User.objects.create_user("vera", "vera@label.example", "vera-password-31415")
    add_member(organisation=organisation, user=user, role=Role.VIEWER)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")
    return client


@pytest.fixture
def report(organisation: Organisation, lake: Lake) -> Report:
    """An UNMATCHED report of January 2025, READY."""
    from reports.choices import Kind
    from tests.reports.driving import ready

    return ready(organisation, Kind.UNMATCHED)


@pytest.fixture
def admin(db: None) -> Client:
    """The admin site as a superuser sees it."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client
