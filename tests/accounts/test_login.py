"""Logging in with a password, the token it gives, and the doors that close after too many wrong ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import LoginToken, Organisation
from accounts.tokens import hashed

LOGIN, LOGOUT, ME = "/api/auth/login/", "/api/auth/logout/", "/api/auth/me/"
PASSWORD = "alice-password-31415"


def log_in(client: APIClient, username: str = "alice", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"username": username, "password": password}, **extra)


def bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_a_password_gives_a_token(anonymous_api: APIClient, alice: User, organisation: Organisation) -> None:
    answer = log_in(anonymous_api)
    assert answer.status_code == 200
    body = answer.json()
    label = {"id": organisation.pk, "name": "Label A", "currency": "USD", "role": "owner"}
    assert body["organisations"] == [label]
    token = LoginToken.objects.get(user=alice)
    assert token.token_hash == hashed(body["token"])
    assert timedelta(days=6, hours=23) < token.expires_at - timezone.now() <= timedelta(days=7)
    assert bearer(body["token"]).get(ME).json() == {
        "kind": "person",
        "name": "alice",
        "organisation": label,
        "organisations": [label],
        "scopes": ["read", "write"],
    }


def test_a_form_is_taken_too(anonymous_api: APIClient, alice: User) -> None:
    answer = anonymous_api.post(LOGIN, {"username": "alice", "password": PASSWORD}, format="multipart")
    assert answer.status_code == 200


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("ALICE", PASSWORD)])
def test_every_wrong_login_has_the_same_answer(
    anonymous_api: APIClient, alice: User, username: str, password: str
) -> None:
    answer = log_in(anonymous_api, username, password)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'ApiKey realm="OAS", Bearer realm="OAS"'
    assert answer.json()["errors"] == [
        {"code": "wrong_password", "detail": "The user name or the password is wrong.", "attr": None}
    ]
    assert not LoginToken.objects.exists()


@pytest.mark.parametrize("body", [{}, {"username": "alice"}, {"password": "x"}, {"username": ["a"], "password": {}}])
def test_a_missing_or_malformed_field_is_named(anonymous_api: APIClient, db: None, body: dict[str, Any]) -> None:
    answer = anonymous_api.post(LOGIN, body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "validation_error"
    assert {error["attr"] for error in answer.json()["errors"]} <= {"username", "password"}


def test_an_inactive_person_cannot_log_in(anonymous_api: APIClient, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert log_in(anonymous_api).status_code == 401


def test_a_token_dies_with_its_time(alice_api: APIClient) -> None:
    assert alice_api.get(ME).status_code == 200
    LoginToken.objects.update(expires_at=timezone.now())
    assert alice_api.get(ME).status_code == 401


def test_a_token_dies_with_the_password(alice_api: APIClient, alice: User) -> None:
    alice.set_password("another-password-27182")
    alice.save()
    assert alice_api.get(ME).status_code == 401


def test_a_token_dies_when_the_person_is_made_inactive(alice_api: APIClient, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert alice_api.get(ME).status_code == 401


def test_logging_out_ends_this_token_only(anonymous_api: APIClient, alice: User) -> None:
    first, second = (bearer(log_in(anonymous_api).json()["token"]) for _ in range(2))
    assert first.post(LOGOUT).status_code == 204
    assert first.get(ME).status_code == 401
    assert second.get(ME).status_code == 200


def test_a_key_cannot_log_out(key_api: APIClient) -> None:
    answer = key_api.post(LOGOUT)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["detail"] == "Only a bearer token can be logged out."


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x y", "Bearer " + "é", "bearer unknown"])
def test_what_is_no_token_is_refused(db: None, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get(ME)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "invalid_token"


def test_a_request_of_a_person_takes_two_queries(
    alice_api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert alice_api.get(ME).status_code == 200


def test_expired_tokens_are_swept_out_at_the_next_login(anonymous_api: APIClient, alice: User) -> None:
    log_in(anonymous_api)
    LoginToken.objects.update(expires_at=timezone.now())
    log_in(anonymous_api)
    assert LoginToken.objects.filter(user=alice).count() == 1


# --- lockout ---


def test_five_wrong_passwords_lock_the_name_and_the_address_out(anonymous_api: APIClient, alice: User) -> None:
    answers = [log_in(anonymous_api, password="wrong").status_code for _ in range(5)]
    assert answers == [401, 401, 401, 401, 429]
    locked = log_in(anonymous_api)
    assert locked.status_code == 429, "the right password does not help any more"
    assert locked["Retry-After"] == "900"
    assert locked.json() == {
        "type": "client_error",
        "errors": [
            {
                "code": "locked_out",
                "detail": "Too many failed logins for this name from this address: try again in 15 minutes.",
                "attr": None,
            }
        ],
    }
    assert not LoginToken.objects.exists()


def test_a_lockout_is_of_that_name_from_that_address(anonymous_api: APIClient, alice: User, charlie: User) -> None:
    for _ in range(5):
        log_in(anonymous_api, password="wrong")
    assert log_in(anonymous_api, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert log_in(anonymous_api, "charlie", "charlie-password-31415").status_code == 200


def test_a_lockout_ends_after_a_quarter_of_an_hour(anonymous_api: APIClient, alice: User) -> None:
    for _ in range(5):
        log_in(anonymous_api, password="wrong")
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=True):
        assert log_in(anonymous_api).status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        assert log_in(anonymous_api).status_code == 200


def test_a_right_password_forgives_the_wrong_ones(anonymous_api: APIClient, alice: User) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in(anonymous_api, password="wrong").status_code == 401
        assert log_in(anonymous_api).status_code == 200


def test_a_forged_address_does_not_help(anonymous_api: APIClient, alice: User) -> None:
    for number in range(5):
        log_in(anonymous_api, password="wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert log_in(anonymous_api, HTTP_X_FORWARDED_FOR="203.0.113.99").status_code == 429


def test_the_admin_site_locks_out_as_well(alice: User, client: Any) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    form = {"username": "alice", "password": "wrong"}
    answers = [client.post("/admin/login/", form) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert "try again in 15 minutes" in answers[-1].text
    assert client.post("/admin/login/", {**form, "password": PASSWORD}).status_code == 429


def test_an_address_that_tries_many_names_is_slowed_down(
    anonymous_api: APIClient, db: None, settings: Settings
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"logins_per_minute": 3})
    with time_machine.travel("2026-01-05T12:00:10Z", tick=False):
        codes = [log_in(anonymous_api, f"name{number}", "x").status_code for number in range(3)]
        answer = log_in(anonymous_api, "name4", "x")
    assert codes == [401, 401, 401]
    assert answer.status_code == 429
    assert answer["Retry-After"] == "50"
    assert answer.json()["errors"][0]["code"] == "throttled"
