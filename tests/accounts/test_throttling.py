"""How many requests a client may send in a minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.throttling import WINDOW, _redis, count

ME = "/api/auth/me/"


@pytest.fixture
def slow(settings: Settings) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"requests_per_minute": 2})


def codes(client: APIClient, times: int) -> list[int]:
    return [client.get(ME).status_code for _ in range(times)]


@pytest.mark.usefixtures("slow")
def test_a_client_over_its_limit_gets_429_with_the_seconds_to_wait(alice_api: APIClient) -> None:
    with time_machine.travel("2026-01-05T12:00:45Z", tick=False) as clock:
        assert codes(alice_api, 3) == [200, 200, 429]
        answer = alice_api.get(ME)
        assert answer["Retry-After"] == "15"
        assert answer.json()["errors"][0]["code"] == "throttled"
        clock.shift(15)
        assert codes(alice_api, 3) == [200, 200, 429]


@pytest.mark.usefixtures("slow")
def test_one_client_does_not_use_up_anothers_share(
    alice_api: APIClient, bob_api: APIClient, key_api: APIClient
) -> None:
    with time_machine.travel("2026-01-05T12:00:00Z", tick=False):
        for client in (alice_api, bob_api, key_api):
            assert codes(client, 3) == [200, 200, 429]


def test_a_person_is_throttled_whatever_the_address(alice_api: APIClient, alice: User, slow: Any) -> None:
    with time_machine.travel("2026-01-05T12:00:00Z", tick=False):
        answers = [alice_api.get(ME, REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(3)]
    assert answers == [200, 200, 429]


def test_of_many_at_the_same_time_each_is_counted_once() -> None:
    with ThreadPoolExecutor(16) as pool:
        counted = sorted(pool.map(lambda _: count("throttle:test:at-once"), range(200)))
    assert counted == list(range(1, 201))


def test_a_counter_that_was_evicted_starts_again(alice_api: APIClient, slow: Any) -> None:
    with time_machine.travel("2026-01-05T12:00:00Z", tick=False):
        assert codes(alice_api, 3) == [200, 200, 429]
        cache.clear()
        assert codes(alice_api, 3) == [200, 200, 429]


def test_a_counter_does_not_outlive_the_minute_after_its_own() -> None:
    count("throttle:test:short")
    left: Any = _redis().ttl("throttle:test:short")
    assert WINDOW < left <= 2 * WINDOW
