"""API keys: whom they let in, and what is stored of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import ApiKey, Organisation, Scope
from accounts.services import KeyTaken, create_key, find_key, note_use, revoke_key
from accounts.tokens import KeyText, hashed, matches

ME = "/api/auth/me/"


@pytest.fixture
def made(organisation: Organisation) -> tuple[ApiKey, KeyText]:
    return create_key(organisation=organisation, name="shop")


def with_key(text: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=text)
    return client


def refused(text: str) -> None:
    answer = with_key(text).get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'ApiKey realm="OAS", Bearer realm="OAS"'
    assert answer.json() == {
        "type": "client_error",
        "errors": [{"code": "invalid_api_key", "detail": "This API key is unknown, revoked or expired.", "attr": None}],
    }


def test_a_key_is_eight_characters_a_dot_and_32_characters(made: tuple[ApiKey, KeyText]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", made[1].text)


def test_only_the_hash_of_the_secret_is_stored(made: tuple[ApiKey, KeyText]) -> None:
    key, text = made
    stored = ApiKey.objects.unscoped().filter(pk=key.pk).values().get()
    assert stored["secret_hash"] == hashed(text.secret)
    assert text.secret not in str(stored)
    assert text.secret not in repr(text)


def test_a_key_lets_its_organisation_in(made: tuple[ApiKey, KeyText], organisation: Organisation) -> None:
    answer = with_key(made[1].text).get(ME)
    assert answer.status_code == 200
    label = {"id": organisation.pk, "name": "Label A", "currency": "USD", "role": None}
    assert answer.json() == {
        "kind": "key",
        "name": f"key:{made[0].prefix}",
        "organisation": label,
        "organisations": [label],
        "scopes": ["read", "write"],
    }


def test_a_wrong_secret_is_refused(made: tuple[ApiKey, KeyText]) -> None:
    refused(f"{made[1].prefix}.{'x' * 32}")


def test_an_unknown_prefix_is_refused(made: tuple[ApiKey, KeyText]) -> None:
    refused(f"zzzzzzzz.{made[1].secret}")


@pytest.mark.parametrize("text", ["", "x", "no-dot", "short.secret", "a" * 41, "12345678." + "é" * 32, "\x00" * 41])
def test_what_is_no_key_is_refused_without_a_query(
    text: str, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert find_key(text) is None


def test_an_expired_key_is_refused(organisation: Organisation) -> None:
    past = timezone.now() - timedelta(seconds=1)
    refused(create_key(organisation=organisation, name="old", expires_at=past)[1].text)


def test_a_key_that_expires_later_is_good(organisation: Organisation) -> None:
    later = timezone.now() + timedelta(minutes=1)
    text = create_key(organisation=organisation, name="young", expires_at=later)[1].text
    assert with_key(text).get(ME).status_code == 200


def test_a_revoked_key_is_refused_and_revoked_once(made: tuple[ApiKey, KeyText]) -> None:
    assert revoke_key(made[0]) is True
    assert revoke_key(made[0]) is False
    refused(made[1].text)


def test_an_unknown_prefix_takes_the_same_steps_as_a_wrong_secret(
    made: tuple[ApiKey, KeyText],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """One query and one comparison of two hashes of the same length, both times."""
    compared: list[int] = []

    def spy(secret: str, stored_hash: str) -> bool:
        compared.append(len(stored_hash))
        return matches(secret, stored_hash)

    monkeypatch.setattr("accounts.services.matches", spy)
    for text in (f"{made[1].prefix}.{'x' * 32}", f"zzzzzzzz.{'x' * 32}"):
        with django_assert_num_queries(1):
            assert find_key(text) is None
    assert compared == [64, 64]


def test_a_request_with_a_key_takes_one_query(
    made: tuple[ApiKey, KeyText], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    note_use(made[0])
    with django_assert_num_queries(1):
        assert with_key(made[1].text).get(ME).status_code == 200


def test_use_is_noted_at_most_once_a_minute(made: tuple[ApiKey, KeyText]) -> None:
    key, now = made[0], timezone.now()
    assert note_use(key, now) is True
    assert note_use(key, now) is False, "a second one at the same time, with the row as it was read before"
    key.refresh_from_db()
    assert key.last_used_at == now
    assert note_use(key, now + timedelta(seconds=59)) is False
    assert note_use(key, now + timedelta(seconds=60)) is True


def test_asking_notes_the_use(made: tuple[ApiKey, KeyText]) -> None:
    before = timezone.now()
    with_key(made[1].text).get(ME)
    made[0].refresh_from_db()
    assert made[0].last_used_at is not None
    assert before <= made[0].last_used_at <= timezone.now()


def test_a_given_key_is_made_once(organisation: Organisation) -> None:
    text = KeyText.new()
    first, _ = create_key(organisation=organisation, name="demo", text=text)
    second, _ = create_key(organisation=organisation, name="demo again", text=text)
    assert second == first
    assert second.name == "demo"
    assert ApiKey.objects.of(organisation).count() == 1


def test_a_prefix_is_never_taken_over(organisation: Organisation, other_organisation: Organisation) -> None:
    text = KeyText.new()
    create_key(organisation=organisation, name="demo", text=text)
    with pytest.raises(KeyTaken, match=text.prefix):
        create_key(organisation=organisation, name="demo", text=KeyText(text.prefix, "y" * 32))
    with pytest.raises(KeyTaken, match=text.prefix):
        create_key(organisation=other_organisation, name="demo", text=text)


def test_scopes_are_stored_in_order(organisation: Organisation) -> None:
    key, _ = create_key(organisation=organisation, name="k", scopes=["write", "read"])
    key.refresh_from_db()
    assert key.scopes == [Scope.READ, Scope.WRITE]
