"""Promise 4: a POST with an Idempotency-Key is done once, however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Release
from idempotency import services
from idempotency.models import StoredResponse
from salesfiles.models import SalesFile
from tests.oas.api.test_openapi import operations

FILES = "/api/files/salesfiles/"
RELEASES = "/api/catalogue/releases/"
# They create nothing in an organisation; the webhook has an id of its own, by which a repeat is known.
NOT_ONCE = {
    "POST /api/auth/login/",
    "POST /api/auth/logout/",
    "POST /api/webhooks/glider/",
}


def body(**fields: Any) -> dict[str, Any]:
    given = {"filename": "sales.csv", "filetype": "CSV", "filesize": 100, "mongo_db_id": secrets.token_hex(12)}
    return given | fields


def post(api: APIClient, path: str, sent: Any, key: str = "one", **options: Any) -> Any:
    return api.post(path, sent, headers={"Idempotency-Key": key}, **options)


def at_once(call: Callable[[], Any], times: int) -> list[Any]:
    barrier = Barrier(times)

    def run() -> Any:
        barrier.wait(timeout=10)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run) for _ in range(times)]]


def test_every_post_that_creates_takes_the_key_and_documents_its_errors() -> None:
    posts = {name: operation for name, operation in operations() if name.startswith("POST")}
    taking = {
        name
        for name, operation in posts.items()
        if any(given["name"] == "Idempotency-Key" for given in operation.get("parameters", []))
        and {"409", "422"} <= set(operation["responses"])
    }
    assert set(posts) - taking == NOT_ONCE


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_to_the_byte(alice_api: APIClient, organisation: Organisation) -> None:
    sent = body()
    first, second = post(alice_api, FILES, sent), post(alice_api, FILES, sent)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    for name in ("Content-Type", "ETag", "Location"):
        assert second[name] == first[name]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert SalesFile.objects.of(organisation).count() == 1


@pytest.mark.django_db
def test_without_a_key_every_request_is_done(alice_api: APIClient) -> None:
    answers = [alice_api.post(RELEASES, {"title": "Aurora"}).status_code for _ in range(2)]
    assert (answers, StoredResponse.everything.count()) == ([201, 201], 0)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_creates_and_all_get_its_answer_or_wait(
    key_api: APIClient, organisation: Organisation
) -> None:
    answers = at_once(lambda: post(key_api, RELEASES, {"title": "Aurora"}), 8)
    assert Release.objects.of(organisation).count() == 1
    done = {answer.content for answer in answers if answer.status_code == 201}
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert (len(done), {answer.status_code for answer in answers} <= {201, 409}) == (1, True)
    assert all(1 <= int(answer["Retry-After"]) <= 120 for answer in waiting)
    assert {post(key_api, RELEASES, {"title": "Aurora"}).content} == done


@pytest.mark.django_db
def test_while_the_first_is_under_way_a_repeat_is_asked_to_wait(alice_api: APIClient) -> None:
    sent = {"title": "Aurora"}
    post(alice_api, RELEASES, sent)
    StoredResponse.everything.update(status=None, claimed_at=timezone.now())
    answer = post(alice_api, RELEASES, sent)
    assert (answer.status_code, answer["Retry-After"]) == (409, "120")
    assert answer.json()["errors"][0]["code"] == "request_in_progress"


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [{"title": "Borealis"}, {"title": "Aurora", "label": "A"}, {}])
def test_the_key_of_another_request_is_refused(alice_api: APIClient, changed: dict[str, Any]) -> None:
    post(alice_api, RELEASES, {"title": "Aurora"})
    answer = post(alice_api, RELEASES, changed)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "idempotency_key_reused")
    assert Release.everything.count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_the_user_or_program_that_sent_it(
    alice_api: APIClient, bob_api: APIClient, key_api: APIClient, charlie_api: APIClient
) -> None:
    answers = [post(api, RELEASES, {"title": "Aurora"}) for api in (alice_api, bob_api, key_api, charlie_api)]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 4


@pytest.mark.django_db
def test_a_key_counts_for_its_route_alone(alice_api: APIClient) -> None:
    assert post(alice_api, RELEASES, {"title": "Aurora"}).status_code == 201
    assert post(alice_api, FILES, body()).status_code == 201


@pytest.mark.django_db
def test_a_refusal_for_bad_input_is_stored_like_any_answer(alice_api: APIClient) -> None:
    first, second = post(alice_api, RELEASES, {}), post(alice_api, RELEASES, {})
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (400, 400, "true")


@pytest.mark.django_db
def test_a_conflict_of_the_moment_is_not_stored(alice_api: APIClient) -> None:
    file = alice_api.post(FILES, body()).json()
    process = f"{FILES}{file['id']}/process/"
    assert post(alice_api, process, {"action": "clean"}).status_code == 409
    assert StoredResponse.everything.count() == 0
    alice_api.post(process, {"action": "upload"})
    answer = post(alice_api, process, {"action": "clean"})
    assert (answer.json()["errors"][0]["code"], "Idempotent-Replayed" in answer) == ("upload_missing", False)


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "status"), [(OperationalError("gone"), 503), (ZeroDivisionError(), 500)])
def test_a_server_error_is_not_stored(
    alice_api: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fall(**_: Any) -> None:
        raise error

    alice_api.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("salesfiles.api.views.create_file", fall)
        assert post(alice_api, FILES, sent := body()).status_code == status
    assert StoredResponse.everything.count() == 0
    assert post(alice_api, FILES, sent).status_code == 201


@pytest.mark.django_db
def test_a_refusal_by_a_limit_is_not_stored(alice_api: APIClient, settings: Settings) -> None:
    config = settings.CONFIG
    settings.CONFIG = config.model_copy(update={"requests_per_minute": 1})
    alice_api.get(RELEASES)
    assert post(alice_api, RELEASES, {"title": "Aurora"}).status_code == 429
    settings.CONFIG = config
    assert post(alice_api, RELEASES, {"title": "Aurora"}).status_code == 201


@pytest.mark.django_db
def test_a_request_that_died_frees_its_key_after_a_while(alice_api: APIClient) -> None:
    post(alice_api, RELEASES, {"title": "Aurora"})
    Release.everything.all().delete()
    StoredResponse.everything.update(status=None, claimed_at=timezone.now() - services.CLAIM_LASTS)
    assert post(alice_api, RELEASES, {"title": "Aurora"}).status_code == 201
    assert Release.everything.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_that_find_an_abandoned_key_one_takes_it_over(alice_api: APIClient) -> None:
    post(alice_api, RELEASES, {"title": "Aurora"})
    Release.everything.all().delete()
    StoredResponse.everything.update(status=None, claimed_at=timezone.now() - services.CLAIM_LASTS)
    answers = at_once(lambda: post(alice_api, RELEASES, {"title": "Aurora"}), 6)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Release.everything.count() == 1


@pytest.mark.django_db
def test_the_late_answer_of_a_request_that_lost_its_claim_is_not_stored(organisation: Organisation) -> None:
    asked = services.RequestIdentity(organisation.pk, "key:a", "one", "POST", RELEASES, "f")
    slow: Any = services.claim(asked)
    StoredResponse.everything.update(claimed_at=timezone.now() - services.CLAIM_LASTS)
    quick: Any = services.claim(asked)
    assert services.store(quick, status=201, headers={}, body="quick")
    assert not services.store(slow, status=201, headers={}, body="slow")
    services.release(slow)
    assert StoredResponse.everything.get().body == "quick"


@pytest.mark.django_db
def test_after_a_day_a_key_is_new_and_its_answer_is_swept(alice_api: APIClient) -> None:
    post(alice_api, RELEASES, {"title": "Aurora"}, key="old")
    StoredResponse.everything.update(claimed_at=timezone.now() - timedelta(hours=24))
    post(alice_api, RELEASES, {"title": "Aurora"}, key="young")
    assert "Idempotent-Replayed" not in post(alice_api, RELEASES, {"title": "Aurora"}, key="old")
    StoredResponse.everything.filter(key="old").update(claimed_at=timezone.now() - timedelta(hours=24))
    assert services.sweep() == 1
    assert StoredResponse.everything.get().key == "young"


@pytest.mark.django_db
def test_an_upload_that_is_sent_again_is_compared_by_its_content(
    alice_api: APIClient, organisation: Organisation
) -> None:
    def send(content: bytes) -> Any:
        file = BytesIO(content)
        file.name = "catalogue.csv"
        return post(alice_api, "/api/catalogue/import/", {"file": file}, format="multipart")

    first, second = send(b"title,isrc\nA,DEA123456789\n"), send(b"title,isrc\nA,DEA123456789\n")
    assert (first.status_code, second.content) == (202, first.content)
    assert send(b"title,isrc\nB,DEA123456789\n").status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_malformed_key_is_refused(alice_api: APIClient, key: str) -> None:
    answer = post(alice_api, RELEASES, {"title": "Aurora"}, key=key)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_idempotency_key")
    assert Release.everything.count() == 0


@pytest.mark.django_db
def test_a_request_without_permission_claims_no_key(anonymous_api: APIClient) -> None:
    assert post(anonymous_api, RELEASES, {"title": "Aurora"}).status_code == 401
    assert StoredResponse.everything.count() == 0
