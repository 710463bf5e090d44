"""A login does not show which names exist: every name gets the same answer, the same lockout and the same work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

DOORS = ("/api/auth/login/", "/admin/login/")
PASSWORD = "alice-password-31415"


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each password that was hashed."""
    kind: type[BasePasswordHasher] = type(get_hasher())
    encode, done = kind.encode, []

    def counted(self: BasePasswordHasher, password: str, *rest: Any, **named: Any) -> str:
        done.append(kind.__name__)
        return encode(self, password, *rest, **named)

    monkeypatch.setattr(kind, "encode", counted)
    return done


def wrong(client: Client, door: str, name: str) -> Any:
    return client.post(door, {"username": name, "password": "wrong"})


@pytest.fixture
def names(alice: User, bob: User) -> tuple[str, ...]:
    """The name of a person, of one who was made inactive, and of no person."""
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    return ("alice", "bob", "nobody")


@pytest.mark.parametrize("door", DOORS)
def test_every_name_costs_the_same_work(client: Client, names: tuple[str, ...], door: str, hashings: list[str]) -> None:
    costs = []
    for name in names:
        hashings.clear()
        wrong(client, door, name)
        costs.append(len(hashings))
    assert costs == [1, 1, 1]


@pytest.mark.parametrize("door", DOORS)
def test_every_name_is_locked_out_alike(client: Client, names: tuple[str, ...], door: str) -> None:
    codes = {name: [wrong(client, door, name).status_code for _ in range(6)] for name in names}
    assert codes["alice"][-2:] == [429, 429]
    assert codes == dict.fromkeys(names, codes["alice"])


def test_the_lockout_of_the_admin_is_of_that_name_and_ends(names: tuple[str, ...], charlie: User) -> None:
    client = Client()
    for _ in range(5):
        locked = wrong(client, DOORS[1], "alice")
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert wrong(client, DOORS[1], "charlie").status_code == 200
    right = {"username": "alice", "password": PASSWORD}
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=True):
        assert client.post(DOORS[1], right).status_code == 302
