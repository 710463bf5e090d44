"""Users and their subscriptions over HTTP: the tables of the contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from partners.models import PartnerUser, Subscription
from tests.partners.moment import NOW
from tests.partners.signing import SigningClient

pytestmark = pytest.mark.django_db


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def terms(**changes: Any) -> dict[str, Any]:
    usual = {
        "userId": "u1",
        "planCode": "premium-unlimited-streaming",
        "status": "active",
        "currency": "GBP",
        "recurringFee": 999,
        "country": "GB",
        "activatedAt": iso(NOW - timedelta(days=3)),
        "currentPeriodStartDate": iso(NOW),
        "expiryDate": iso(NOW + timedelta(days=30)),
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def test_a_user_is_created_in_xml_unless_json_is_asked_for(moon: SigningClient) -> None:
    moon.accept = "*/*"
    made = moon.get("/1.2/user/create", userId="u1", country="gb")
    user = made.xml.find("user")
    assert user is not None
    pk = PartnerUser.objects.unscoped().get().pk
    assert (made.status, made.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert (made.xml.get("status"), made.xml.get("version"), user.get("id")) == ("ok", "1.2", str(pk))
    assert [(child.tag, child.text) for child in user] == [("type", "partner"), ("userId", "u1"), ("country", "GB")]
    moon.accept = "application/json, text/plain, */*"
    assert moon.get("/1.2/user/details", userId="u1").json == {
        "status": "ok",
        "version": "1.2",
        "user": {"id": pk, "type": "partner", "userId": "u1", "country": "GB"},
    }


@pytest.mark.parametrize("path", ["/1.2/USER/Create", "/1.2/user/create/"])
def test_paths_are_read_in_any_case_with_or_without_a_slash_and_never_redirected(
    path: str, moon: SigningClient
) -> None:
    assert moon.get(path, USERID="u1", Country="GB").status == 200


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({}, 1001, "Missing or invalid querystring value for userId"),
        ({"userId": "", "country": "GB"}, 1001, "Missing or invalid querystring value for userId"),
        ({"userId": "u"}, 1001, "Missing or invalid querystring value for country"),
        ({"userId": "u", "country": "UK"}, 1002, "Value of parameter country is not valid: UK"),
        ({"userId": "u", "country": "FR"}, 1002, "Value of parameter country is not valid: FR"),
        ({"userId": "u", "country": "GBR"}, 1002, "Value of parameter country is not valid: GBR"),
        ({"userId": "ü" * 256, "country": "GB"}, 1002, "Value of parameter userId is not valid: " + "ü" * 200),
        ({"userId": "a", "userid": "b", "country": "GB"}, 1002, "Value of parameter userId is not valid: b"),
    ],
)
def test_what_is_missing_or_not_valid_is_named(
    given: dict[str, str], code: int, text: str, moon: SigningClient
) -> None:
    answer = moon.get("/1.2/user/create", **given)
    assert (answer.status, answer.code) == (400, code)
    assert answer.json["error"]["message"] == answer.json["error"]["errorMessage"] == text
    assert not PartnerUser.objects.unscoped().exists()


def test_a_user_id_has_up_to_255_characters_however_many_bytes(moon: SigningClient) -> None:
    assert moon.get("/1.2/user/create", userId="ü" * 255, country="GB").status == 200


def test_a_user_id_is_kept_exactly_and_not_made_equal(moon: SigningClient) -> None:
    for user_id in (" u", "u", "U", "ü", "u\u0308"):
        assert moon.get("/1.2/user/create", userId=user_id, country="GB").json["user"]["userId"] == user_id


def test_a_second_user_of_one_id_is_refused_and_another_partner_has_its_own(
    moon: SigningClient, sun: SigningClient
) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB", emailAddress="somebody@example.com")
    again = moon.get("/1.2/user/create", userId="u1", country="GB")
    assert (again.status, again.code, again.json["error"]["message"]) == (409, 2003, "User already exists")
    assert sun.get("/1.2/user/details", userId="u1").code == 1002
    assert sun.get("/1.2/user/create", userId="u1", country="GB").status == 200


@pytest.mark.django_db(transaction=True)
def test_of_several_that_create_a_user_at_once_one_does(moon: SigningClient) -> None:
    def create(_: int) -> int:
        try:
            return SigningClient(moon.key, moon.secret).get("/1.2/user/create", userId="u", country="GB").code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(6))) == [0] + [2003] * 5


# --- subscriptions ---


def test_a_subscription_is_stated_read_and_ended(moon: SigningClient) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    never = moon.get("/1.2/user/unlimitedStreaming", userId="u1")
    assert (never.status, never.code) == (404, 2001)
    made = moon.form("/1.2/user/unlimitedStreaming", **terms())
    assert made.json["streaming"] == {"level": "premium", "expiryDate": iso(NOW + timedelta(days=30))}
    moon.form("/1.2/user/unlimitedStreaming", **terms(status="expired"))
    ended = Subscription.objects.get().expires_at
    assert NOW <= ended <= datetime.now(UTC)
    assert moon.get("/1.2/user/unlimitedStreaming", userId="u1").json["streaming"]["level"] == "premium"


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        ({"planCode": None}, 1001, "planCode"),
        ({"expiryDate": ""}, 1001, "expiryDate"),
        ({"planCode": "premium"}, 1002, "planCode"),
        ({"status": "Active"}, 1002, "status"),
        ({"currency": "XXQ"}, 1002, "currency"),
        ({"recurringFee": "9.99"}, 1002, "recurringFee"),
        ({"recurringFee": "-1"}, 1002, "recurringFee"),
        ({"country": "FR"}, 1002, "country"),
        ({"activatedAt": iso(NOW + timedelta(hours=1))}, 1002, "activatedAt"),
        ({"activatedAt": "yesterday"}, 1002, "activatedAt"),
        ({"currentPeriodStartDate": iso(NOW - timedelta(days=4))}, 1002, "currentPeriodStartDate"),
        ({"currentPeriodStartDate": iso(NOW - timedelta(days=2))}, 1002, "currentPeriodStartDate"),
        ({"currentPeriodStartDate": iso(NOW + timedelta(days=2))}, 1002, "currentPeriodStartDate"),
        ({"expiryDate": iso(NOW)}, 1002, "expiryDate"),
        ({"expiryDate": iso(NOW + timedelta(days=32))}, 1002, "expiryDate"),
        ({"planCode": "trial-unlimited-streaming"}, 1001, "trialEndsAt"),
        ({"trialEndsAt": iso(NOW + timedelta(days=5))}, 1002, "trialEndsAt"),
        (
            {"planCode": "trial-unlimited-streaming", "trialEndsAt": iso(NOW + timedelta(days=98))},
            1002,
            "trialEndsAt",
        ),
        ({"userId": "stranger"}, 1002, "userId"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused_with_the_name_of_what_is_wrong(
    change: dict[str, Any], code: int, name: str, moon: SigningClient
) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    answer = moon.form("/1.2/user/unlimitedStreaming", **terms(**change))
    assert (answer.code, f" {name}" in answer.json["error"]["message"]) == (code, True), answer.text
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("days", [1, 31])
def test_a_period_of_31_days_always_passes(days: int, moon: SigningClient) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    assert moon.form("/1.2/user/unlimitedStreaming", **terms(expiryDate=iso(NOW + timedelta(days=days)))).status == 200


def test_a_trial_of_up_to_100_days_is_taken(moon: SigningClient) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    trial = terms(planCode="trial-unlimited-streaming", trialEndsAt=iso(NOW + timedelta(days=97)))
    assert moon.form("/1.2/user/unlimitedStreaming", **trial).json["streaming"]["level"] == "trial"
