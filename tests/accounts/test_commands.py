"""`manage.py create_organisation` and `create_api_key`."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiKey, Membership, Organisation
from accounts.services import find_key

GIVEN = "demo-key.0123456789abcdefghij-ABCDEFGHIJ_"
FORM = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_an_organisation_is_created_once(db: None) -> None:
    first = run("create_organisation", "Label B", "--currency", "usd")
    label = Organisation.objects.get(name="Label B")
    assert first == f"Label B: created, id {label.pk}, USD\n"
    assert run("create_organisation", "Label B") == f"Label B: exists, id {label.pk}, USD\n"
    assert run("create_organisation", "Label B", "--quiet") == f"{label.pk}\n"


def test_an_owner_is_added_to_an_organisation_that_exists(alice: User, organisation: Organisation) -> None:
    dora = User.objects.create_user("dora")
    for _ in range(2):
        run("create_organisation", "Label A", "--owner", "dora")
    assert Membership.objects.get(user=dora).role == "owner"
    assert Membership.objects.filter(organisation=organisation).count() == 2


def test_an_unknown_owner_creates_nothing(db: None) -> None:
    with pytest.raises(CommandError, match="There is no user nobody"):
        run("create_organisation", "Label B", "--owner", "nobody")
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("currency", ["EURO", "XXZ", "", "12", "eu r"])
def test_a_currency_that_is_none_creates_nothing(db: None, currency: str) -> None:
    with pytest.raises(CommandError):
        run("create_organisation", "Label B", "--currency", currency)
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_must_be_one(db: None, name: str) -> None:
    with pytest.raises(CommandError):
        run("create_organisation", name)
    assert not Organisation.objects.exists()


def test_a_key_is_printed_once_and_works(organisation: Organisation) -> None:
    printed = run("create_api_key", "Label A", "--name", "shop", "--scopes", "read", "--days", "30")
    line, text = printed.splitlines()
    assert line == "shop, for Label A, may read. Keep it safe:"
    key = find_key(text)
    assert key is not None
    assert key.scopes == ["read"]
    assert key.expires_at is not None
    assert timedelta(days=29, hours=23) < key.expires_at - timezone.now() <= timedelta(days=30)


def test_quiet_prints_the_key_and_nothing_else(organisation: Organisation) -> None:
    printed = run("create_api_key", str(organisation.pk), "--quiet")
    assert FORM.fullmatch(printed.strip())
    assert printed.count("\n") == 1


def test_a_given_key_is_made_once(organisation: Organisation) -> None:
    for _ in range(2):
        assert run("create_api_key", "Label A", "--quiet", "--key", GIVEN) == f"{GIVEN}\n"
    assert ApiKey.objects.of(organisation).count() == 1
    assert find_key(GIVEN) is not None


def test_a_given_key_of_somebody_else_is_refused(organisation: Organisation, other_organisation: Organisation) -> None:
    run("create_api_key", "Label A", "--key", GIVEN)
    with pytest.raises(CommandError, match="demo-key is that of another key"):
        run("create_api_key", "Label C", "--key", GIVEN)
    assert not ApiKey.objects.of(other_organisation).exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key", "short"], "8 characters, a dot and 32 characters"),
        (["--scopes", "admin"], "--scopes takes read, or read,write"),
        (["--scopes", ","], "--scopes takes read, or read,write"),
        (["--days", "0"], "--days must be 1 or more"),
    ],
)
def test_a_bad_option_makes_no_key(organisation: Organisation, options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("create_api_key", "Label A", *options)
    assert not ApiKey.objects.of(organisation).exists()


def test_a_key_of_an_unknown_organisation_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="There is no organisation Label X"):
        run("create_api_key", "Label X")
