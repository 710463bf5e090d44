"""Usage logs over HTTP: what an item must say, all or none, and each play once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries

from partners.models import Partner, PartnerUser, Play, Subscription
from tests.partners.moment import NOW
from tests.partners.signing import SigningClient

pytestmark = pytest.mark.django_db
SUBSCRIPTION = "/1.2/user/subscription/log"
CATALOGUE = "/1.2/catalogue/log"
PREVIEW = "/1.2/user/preview/log"


def iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def item(**changes: Any) -> dict[str, Any]:
    usual = {
        "userId": "u1",
        "trackId": 11,
        "releaseId": 5,
        "formatId": 17,
        "playMode": "online",
        "endReason": "naturalEnd",
        "dateTimePlayed": iso(NOW - timedelta(hours=1)),
        "totalTimePlayed": 181,
        "userAgent": "Player/1",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def preview(**changes: Any) -> dict[str, Any]:
    left_out = {"releaseId": None, "formatId": None, "endReason": None, "country": "DE"}
    return item(**(left_out | changes))


def plays() -> list[Play]:
    return list(Play.objects.unscoped().order_by("pk"))


@pytest.fixture
def subscriber(moon: SigningClient) -> SigningClient:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    moon.get("/1.2/user/create", userId="never", country="GB")
    ago = NOW - timedelta(days=300)
    Subscription.objects.create(
        user=PartnerUser.objects.unscoped().get(user_id="u1"), plan="premium", country="GB", currency="GBP",
        recurring_fee=999, activated_at=ago, period_starts_at=ago, expires_at=ago + timedelta(days=30),
    )  # fmt: skip
    return moon


def test_plays_of_subscribers_are_stored_as_they_were_sent(subscriber: SigningClient) -> None:
    answer = subscriber.json(
        SUBSCRIPTION, {"playLogItem": [item(), item(trackId="12", totalTimePlayed="0")]}, country="de"
    )
    assert answer.json == {"status": "ok", "version": "1.2", "playLogs": {"count": 2}}
    first, second = sorted(plays(), key=lambda play: play.track_id)
    assert (first.kind, first.user_id, first.country, first.release_id, first.format_id) == (
        "subscription", "u1", "DE", 5, 17
    )  # fmt: skip
    assert (first.play_mode, first.end_reason, first.seconds, second.seconds) == ("online", "naturalEnd", 181, 0)
    assert (first.played_at, first.key_name) == (NOW - timedelta(hours=1), "server")


def test_one_object_is_a_list_of_one_and_xml_says_the_same(subscriber: SigningClient) -> None:
    subscriber.json(SUBSCRIPTION, {"playLogItem": item()}, country="GB")
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in item().items())
    subscriber.accept = ""
    answer = subscriber.xml(SUBSCRIPTION, f"<playLog><playLogItem>{fields}</playLogItem></playLog>", country="GB")
    count = answer.xml.find("playLogs/count")
    assert count is not None
    assert (count.text, len(plays())) == ("1", 1)


def test_an_item_that_is_sent_again_is_the_same_play(subscriber: SigningClient) -> None:
    body = {"playLogItem": [item(), item(), item(trackId=12)]}
    for _ in range(2):
        assert subscriber.json(SUBSCRIPTION, body, country="GB").json["playLogs"]["count"] == 3
    assert len(plays()) == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_items_at_once_in_any_order_are_stored_once(moon: SigningClient) -> None:
    items = [item(trackId=number + 1) for number in range(40)]

    def send(turned: int) -> int:
        try:
            own = SigningClient(moon.key, moon.secret)
            return own.json(CATALOGUE, {"playLogItem": items[turned:] + items[:turned]}, country="GB").status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(0, 40, 5))) == {200}
    assert len(plays()) == 40


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"trackId": None}, 1001, "trackId"),
        ({"releaseId": ""}, 1001, "releaseId"),
        ({"userAgent": None}, 1001, "userAgent"),
        ({"playMode": None, "endReason": None}, 1001, "playMode"),
        ({"trackId": 0}, 1002, "trackId"),
        ({"trackId": "1.0"}, 1002, "trackId"),
        ({"trackId": 1.5}, 1002, "trackId"),
        ({"trackId": 2**31}, 1002, "trackId"),
        ({"playMode": "Online"}, 1002, "playMode"),
        ({"endReason": "skipped"}, 1002, "endReason"),
        ({"totalTimePlayed": -1}, 1002, "totalTimePlayed"),
        ({"dateTimePlayed": "2026-02-30T10:00:00Z"}, 1002, "dateTimePlayed"),
        ({"dateTimePlayed": "2026-02-03"}, 1002, "dateTimePlayed"),
        ({"dateTimePlayed": iso(NOW - timedelta(days=61, minutes=1))}, 1002, "two month window"),
        ({"dateTimePlayed": iso(NOW + timedelta(minutes=5))}, 1002, "two month window"),
        ({"userId": "stranger"}, 1002, "userId"),
        ({"userId": "never"}, 1003, "never had a subscription"),
    ],
)
def test_one_bad_item_refuses_the_whole_log_with_its_error(
    change: dict[str, Any], code: int, words: str, subscriber: SigningClient
) -> None:
    answer = subscriber.json(SUBSCRIPTION, {"playLogItem": [item(trackId=1), item(**change)]}, country="GB")
    assert (answer.code, words in answer.json["error"]["errorMessage"]) == (code, True), answer.text
    assert plays() == []


@pytest.mark.parametrize(
    "text", ["{:%Y-%m-%dT%H:%M:%S}.1234567Z", "{:%Y-%m-%dT%H:%M:%S}", "{:%Y-%m-%dT%H:%M:%S}+00:00"]
)
def test_times_have_up_to_nine_digits_and_are_utc_without_an_offset(text: str, subscriber: SigningClient) -> None:
    played = (NOW - timedelta(hours=2)).replace(microsecond=0)
    answer = subscriber.json(SUBSCRIPTION, {"playLogItem": [item(dateTimePlayed=text.format(played))]}, country="GB")
    assert answer.status == 200
    assert plays()[0].played_at.replace(microsecond=0) == played


def test_a_long_user_agent_is_cut_at_256_characters(subscriber: SigningClient) -> None:
    subscriber.json(SUBSCRIPTION, {"playLogItem": [item(userAgent="ü" * 300)]}, country="GB")
    assert plays()[0].user_agent == "ü" * 256


def test_the_user_may_be_named_in_the_query_but_not_two(subscriber: SigningClient) -> None:
    body = {"playLogItem": [item(userId=None)]}
    assert subscriber.json(SUBSCRIPTION, body, country="GB").code == 1001
    assert subscriber.json(SUBSCRIPTION, body, country="GB", userId="u1").status == 200
    both = {"playLogItem": [item(userId="u2")]}
    assert subscriber.json(SUBSCRIPTION, both, country="GB", userId="u1").code == 1002


@pytest.mark.parametrize(
    ("body", "code"),
    [({"playLogItem": []}, 1001), ({}, 1001), ([], 1002), ({"playLogItem": [3]}, 1002),
     ({"playLogItem": [item()] * 501}, 1003)],
)  # fmt: skip
def test_a_log_has_1_to_500_items(body: Any, code: int, subscriber: SigningClient) -> None:
    assert subscriber.json(SUBSCRIPTION, body, country="GB").code == code
    assert plays() == []


def test_the_country_is_named_in_the_query(subscriber: SigningClient) -> None:
    assert subscriber.json(SUBSCRIPTION, {"playLogItem": [item(country="GB")]}).code == 1001
    assert subscriber.json(SUBSCRIPTION, {"playLogItem": [item()]}, country="FR").code == 1002


def test_a_catalogue_log_needs_the_reason_of_the_end_and_no_user_that_is_known(moon: SigningClient) -> None:
    assert moon.json(CATALOGUE, {"playLogItem": [item(endReason=None)]}, country="GB").code == 1001
    assert moon.json(CATALOGUE, {"playLogItem": [item(userId="nobody")]}, country="GB").status == 200
    assert plays()[0].kind == "catalogue"


@pytest.mark.parametrize("path", [PREVIEW, "/1.2/preview/log"])
def test_previews_have_a_country_of_their_own_and_a_bare_answer(path: str, moon: SigningClient) -> None:
    answer = moon.json(path, {"logs": [preview(), preview(trackId=12, playType="creation")]}, country="GB")
    assert answer.json == {"status": "ok", "version": "1.2"}
    assert [(play.country, play.play_type) for play in plays()] != []
    assert sorted((play.country, play.play_type) for play in plays()) == [("DE", "creation"), ("DE", "view")]


def test_every_bad_preview_is_listed_once_with_its_place(moon: SigningClient) -> None:
    logs = [preview(), preview(trackId=0, playMode="x"), preview(country="FR"), preview(userId=None)]
    error = moon.json(PREVIEW, {"logs": logs}, country="GB").json["error"]
    assert (error["code"], error["message"]) == (1008, "One or more logs contain an error")
    assert [(each["index"], each["code"]) for each in error["errors"]] == [(1, 1002), (2, 1002), (3, 1001)]
    assert plays() == []


def test_previews_are_json_only(moon: SigningClient) -> None:
    assert moon.xml(PREVIEW, "<logs/>", country="GB").code == 1002


def test_more_than_five_preview_logs_a_second_are_refused_with_a_time_to_wait(moon: SigningClient) -> None:
    answers = [moon.json(PREVIEW, {"logs": [preview(trackId=number + 1)]}, country="GB") for number in range(40)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert {(answer.code, answer.headers["Retry-After"]) for answer in refused} == {(7001, "1")}


def test_a_log_of_500_items_takes_as_many_queries_as_one_of_one(
    subscriber: SigningClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 500):
        body = {"playLogItem": [item(trackId=number + 1) for number in range(count)]}
        with django_assert_num_queries(3):
            subscriber.json(SUBSCRIPTION, body, country="GB")


def test_plays_belong_to_their_partner(moon: SigningClient, sun: SigningClient) -> None:
    moon.json(CATALOGUE, {"playLogItem": [item()]}, country="GB")
    sun.json(CATALOGUE, {"playLogItem": [item()]}, country="GB")
    for partner in Partner.objects.unscoped():
        assert Play.objects.of(partner).count() == 1
