"""What an organisation decides for itself: the share of a file that may be rejected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts.models import Organisation

ROUTE = "/api/auth/organisation/"
pytestmark = pytest.mark.django_db


def test_one_percent_may_be_rejected_by_default(organisation: Organisation, key_api: APIClient) -> None:
    assert Organisation.objects.get(pk=organisation.pk).most_rejected == 1
    assert key_api.get(ROUTE).json() == {"most_rejected": "1"}


@pytest.mark.parametrize("given", ["0", "0.0001", "2.5", "100", 0])
def test_an_owner_changes_the_share(organisation: Organisation, alice_api: APIClient, given: Any) -> None:
    response = alice_api.patch(ROUTE, {"most_rejected": given}, format="json")
    assert (response.status_code, response.json()) == (200, {"most_rejected": str(given)})
    organisation.refresh_from_db()
    assert organisation.most_rejected == Decimal(given)


@pytest.mark.parametrize("given", ["-0.0001", "100.0001", "0.00001", "a few", None, ""])
def test_a_share_that_is_none_is_refused(organisation: Organisation, alice_api: APIClient, given: Any) -> None:
    response = alice_api.patch(ROUTE, {"most_rejected": given}, format="json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "most_rejected"
    organisation.refresh_from_db()
    assert organisation.most_rejected == 1


def test_no_key_and_no_member_changes_it(organisation: Organisation, key_api: APIClient, bob_api: APIClient) -> None:
    for client in (key_api, bob_api):
        assert client.patch(ROUTE, {"most_rejected": "5"}, format="json").status_code == 403
    organisation.refresh_from_db()
    assert organisation.most_rejected == 1


def test_the_database_refuses_it_too(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(most_rejected=101)
