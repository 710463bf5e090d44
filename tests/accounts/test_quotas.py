"""How much an organisation may use: its limits, and the bytes counted a day."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from accounts import quotas
from accounts.models import BytesOfDay, Organisation
from tests.accounts.limits import at_once, limit


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_no_more_bytes_than_the_limit_are_taken(organisation: Organisation) -> None:
    limit(organisation, most_bytes_a_day=1000)
    taken = at_once([lambda: quotas.take_bytes(organisation, 300)] * 8)
    assert (taken.count(True), quotas.bytes_today(organisation)) == (3, 900)
    assert BytesOfDay.objects.of(organisation).count() == 1


@pytest.mark.django_db
def test_the_first_bytes_of_an_organisation_have_the_same_limit(organisation: Organisation) -> None:
    assert not quotas.take_bytes(limit(organisation, most_bytes_a_day=10), 11)
    assert quotas.bytes_today(organisation) == 0


@pytest.mark.django_db
def test_the_defaults_are_those_of_the_settings(organisation: Organisation, settings: Settings) -> None:
    given = {"files_in_flight": 7, "bytes_a_day": 8, "organisation_requests_per_minute": 9}
    settings.CONFIG = settings.CONFIG.model_copy(update=given)
    found = (quotas.most_files(organisation), quotas.most_bytes(organisation), quotas.most_requests(organisation))
    assert found == (7, 8, 9)


@pytest.mark.django_db
def test_the_limits_of_an_organisation_are_set_in_the_admin(admin_client: Any, organisation: Organisation) -> None:
    address = f"/admin/accounts/organisation/{organisation.pk}/change/"
    assert b"most_bytes_a_day" in admin_client.get(address).content
    sent = {
        "name": organisation.name,
        "currency": "EUR",
        "most_files_in_flight": "5",
        "most_bytes_a_day": "",
        "most_rejected": "1",
    }
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert admin_client.post(address, sent | inline).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.most_files_in_flight, organisation.most_bytes_a_day) == (5, None)
    # Its totals are in the currency of its books, which stays what it was.
    assert organisation.currency == "USD"
