"""The admin site of organisations, members, keys and logins."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import ApiKey, LoginToken, Organisation
from accounts.services import create_key, find_key, log_in

KEYS = "/admin/accounts/apikey/"
FORM = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


@pytest.fixture
def site(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def add_key(site: Client, organisation: Organisation, **fields: Any) -> Any:
    form = {"organisation": organisation.pk, "name": "shop", "scopes": ["read", "write"], **fields}
    return site.post(f"{KEYS}add/", form, follow=True)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "accounts/organisation/",
        "accounts/organisation/add/",
        "accounts/membership/",
        "accounts/membership/add/",
        "accounts/apikey/",
        "accounts/apikey/add/",
        "accounts/logintoken/",
        "auth/user/",
    ],
)
def test_every_page_opens(site: Client, organisation: Organisation, path: str) -> None:
    assert site.get(f"/admin/{path}").status_code == 200


def test_the_currency_of_the_books_is_chosen_once(site: Client, organisation: Organisation) -> None:
    assert b'name="currency"' in site.get("/admin/accounts/organisation/add/").content
    page = site.get(f"/admin/accounts/organisation/{organisation.pk}/change/").content
    assert b'name="currency"' not in page
    assert b"USD" in page


def test_a_new_key_is_shown_once(site: Client, organisation: Organisation) -> None:
    page = add_key(site, organisation)
    found = FORM.search(page.text)
    assert found is not None
    key = find_key(found[0])
    assert key is not None
    assert (key.organisation, key.name, key.scopes) == (organisation, "shop", ["read", "write"])
    assert key.created_by is not None
    assert key.created_by.username == "root"
    for path in (KEYS, f"{KEYS}{key.pk}/change/", f"{KEYS}{key.pk}/history/"):
        assert found[0].split(".")[1] not in site.get(path).text
        assert key.secret_hash not in site.get(path).text


def test_a_key_needs_a_scope(site: Client, organisation: Organisation) -> None:
    assert add_key(site, organisation, scopes=[]).status_code == 200
    assert not ApiKey.objects.of(organisation).exists()


def test_nothing_of_a_key_can_be_edited(
    site: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    key, _ = create_key(organisation=organisation, name="shop", scopes=["read"])
    before = ApiKey.objects.unscoped().filter(pk=key.pk).values().get()
    form = {
        "organisation": other_organisation.pk,
        "name": "other",
        "scopes": ["read", "write"],
        "secret_hash": "0" * 64,
        "prefix": "zzzzzzzz",
    }
    site.post(f"{KEYS}{key.pk}/change/", form)
    assert ApiKey.objects.unscoped().filter(pk=key.pk).values().get() == before


def test_a_key_is_revoked_by_an_action(site: Client, organisation: Organisation) -> None:
    key, text = create_key(organisation=organisation, name="shop")
    page = site.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]}, follow=True)
    assert "1 revoked." in page.text
    assert "revoked 20" in page.text
    assert find_key(text.text) is None


def test_neither_keys_nor_organisations_are_deleted(site: Client, organisation: Organisation) -> None:
    key, _ = create_key(organisation=organisation, name="shop")
    assert site.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert site.post(f"/admin/accounts/organisation/{organisation.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.of(organisation).exists()


def test_members_are_edited_with_their_organisation(site: Client, organisation: Organisation, bob: User) -> None:
    page = site.get(f"/admin/accounts/organisation/{organisation.pk}/change/").text
    assert 'name="memberships-0-role"' in page


def test_a_login_is_ended_by_an_action(site: Client, alice: User) -> None:
    token, text = log_in(alice)
    page = site.get("/admin/accounts/logintoken/").text
    assert text not in page
    assert token.token_hash not in page
    site.post("/admin/accounts/logintoken/", {"action": "end", "_selected_action": [token.pk]})
    assert not LoginToken.objects.exists()


def test_a_member_without_staff_rights_does_not_get_in(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get("/admin/").status_code == 302
