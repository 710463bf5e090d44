from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from accounts.models import Organisation
    from catalogue.models import Release, Track


@pytest.fixture
def viewer_api(organisation: Organisation) -> APIClient:
    """Somebody of Label A who may only look."""
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
def release(organisation: Organisation) -> Release:
    from catalogue.services.works import create_release

    return create_release(
        organisation=organisation,
        upc="036000291452",
        title="Lines",
        catalogue_number="AL-001 lp",
        label="Label A",
        artists=[{"name": "Aurora Lane"}],
    )


@pytest.fixture
def track(organisation: Organisation, release: Release) -> Track:
    from catalogue.services.works import create_track

    return create_track(
        organisation=organisation,
        isrc="QZAAA2500001",
        title="Night Bus",
        version="Radio Edit",
        artists=[{"name": "Aurora Lane"}, {"name": "Bo", "role": "featured"}],
        releases=[{"id": release.pk, "position": 3}],
    )
