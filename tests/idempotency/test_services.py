"""A key is claimed once, and its response is stored, repeated and swept. (Over HTTP: promises/test_04.)"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import Organisation
from idempotency import services
from idempotency.models import StoredResponse
from idempotency.services import KeyReused, RequestIdentity, UnderWay, claim, release, store, sweep


@pytest.fixture
def request_of_a(organisation: Organisation) -> RequestIdentity:
    return RequestIdentity(organisation.pk, "key:a", "one", "POST", "/api/catalogue/releases/", "f" * 64)


def claimed(request: RequestIdentity) -> UUID:
    found = claim(request)
    assert isinstance(found, UUID)
    return found


def age(**values: float) -> None:
    StoredResponse.everything.update(claimed_at=timezone.now() - timedelta(**values))


def test_a_second_request_waits_as_long_as_the_claim_lasts(request_of_a: RequestIdentity) -> None:
    claimed(request_of_a)
    age(seconds=90)
    with pytest.raises(UnderWay) as under_way:
        claim(request_of_a)
    assert under_way.value.wait == 30


def test_a_stored_response_is_returned_to_the_same_request_alone(request_of_a: RequestIdentity) -> None:
    assert store(claimed(request_of_a), status=201, headers={"Location": "/1/"}, body="{}")
    found = claim(request_of_a)
    assert isinstance(found, StoredResponse)
    assert (found.status, found.headers, found.body) == (201, {"Location": "/1/"}, "{}")
    with pytest.raises(KeyReused):
        claim(replace(request_of_a, fingerprint="0" * 64))


@pytest.mark.parametrize(
    ("field", "value"), [("caller", "key:b"), ("key", "two"), ("path", "/api/"), ("method", "PUT")]
)
def test_a_key_belongs_to_one_caller_and_one_route(request_of_a: RequestIdentity, field: str, value: str) -> None:
    first = claimed(request_of_a)
    other = RequestIdentity(**{**vars(request_of_a), field: value})
    assert claimed(other) != first


def test_a_released_key_is_claimed_again(request_of_a: RequestIdentity) -> None:
    release(claimed(request_of_a))
    claimed(request_of_a)


def test_a_claim_that_was_taken_over_stores_nothing(request_of_a: RequestIdentity) -> None:
    slow = claimed(request_of_a)
    age(seconds=services.CLAIM_LASTS.total_seconds())
    quick = claimed(request_of_a)
    assert store(quick, status=201, headers={}, body="quick")
    assert not store(slow, status=201, headers={}, body="slow")
    release(slow)
    assert StoredResponse.everything.get().body == "quick"


def test_a_sweep_deletes_the_oldest_first_and_no_more_than_it_may(
    request_of_a: RequestIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, key in enumerate(("oldest", "old", "young")):
        claimed(replace(request_of_a, key=key))
        StoredResponse.everything.filter(key=key).update(claimed_at=timezone.now() - timedelta(hours=48 - 23 * n))
    monkeypatch.setattr(services, "MOST_ROWS", 1)
    assert sweep() == 1
    assert sorted(StoredResponse.everything.values_list("key", flat=True)) == ["old", "young"]
    assert [sweep(), sweep()] == [1, 0]


def test_a_response_is_kept_for_a_day_and_its_key_is_then_free(request_of_a: RequestIdentity) -> None:
    store(claimed(request_of_a), status=201, headers={}, body="first")
    age(hours=23, minutes=59)
    assert isinstance(claim(request_of_a), StoredResponse)
    age(hours=24)
    other = replace(request_of_a, fingerprint="0" * 64)
    again = claimed(other)
    row = StoredResponse.everything.get()
    assert (row.claim, row.fingerprint, row.status, row.body) == (again, "0" * 64, None, "")


def test_a_stored_response_is_neither_stored_over_nor_released(request_of_a: RequestIdentity) -> None:
    mine = claimed(request_of_a)
    assert store(mine, status=201, headers={}, body="first")
    assert not store(mine, status=200, headers={}, body="second")
    release(mine)
    assert StoredResponse.everything.get().body == "first"


def test_another_request_with_the_key_of_one_under_way_is_told_so_and_not_to_wait(
    request_of_a: RequestIdentity,
) -> None:
    claimed(request_of_a)
    with pytest.raises(KeyReused):
        claim(replace(request_of_a, fingerprint="0" * 64))


def test_the_last_second_of_a_claim_is_still_waited_for(request_of_a: RequestIdentity) -> None:
    claimed(request_of_a)
    age(seconds=services.CLAIM_LASTS.total_seconds() - 0.3)
    with pytest.raises(UnderWay) as under_way:
        claim(request_of_a)
    assert under_way.value.wait == 1


def test_a_key_that_is_released_between_each_two_looks_is_waited_for_in_the_end(
    request_of_a: RequestIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[RequestIdentity] = []
    monkeypatch.setattr(services, "_claim", lambda request: looks.append(request))
    with pytest.raises(UnderWay):
        claim(request_of_a)
    assert looks == [request_of_a] * 3


def test_the_same_key_in_another_organisation_is_another_request(
    request_of_a: RequestIdentity, other_organisation: Organisation
) -> None:
    store(claimed(request_of_a), status=201, headers={}, body="ours")
    theirs = replace(request_of_a, organisation=other_organisation.pk)
    claimed(theirs)
    assert StoredResponse.everything.count() == 2
