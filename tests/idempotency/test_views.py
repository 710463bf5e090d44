"""What makes two requests the same, and what becomes of the second. (Money and files: promises/test_04.)"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.utils import timezone
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from idempotency.models import StoredResponse
from idempotency.views import fingerprint
from layouts.models import KnownName
from oas.api.idempotency_key import KEY_LENGTH
from oas.api.refusals import Refused

PATH = "/api/catalogue/import/"


def of(body: Any, path: str = PATH, kind: str = "multipart") -> str:
    request = APIRequestFactory().post(path, body, format=kind)
    return fingerprint(Request(request, parsers=[MultiPartParser(), JSONParser()]))


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_same_values_have_the_same_fingerprint() -> None:
    assert of({"a": 1, "b": 2}, kind="json") == of({"b": 2, "a": 1}, kind="json")
    assert of({"a": "1", "file": upload("t.csv", b"x")}) == of({"file": upload("t.csv", b"x"), "a": "1"})


def test_any_other_address_value_name_or_content_has_another_fingerprint() -> None:
    found = {
        of({"file": upload("t.csv", b"x")}),
        of({"file": upload("t.csv", b"y")}),
        of({"file": upload("u.csv", b"x")}),
        of({"file": upload("t.csv", b"x"), "a": "1"}),
        of({"file": upload("t.csv", b"x")}, path=f"{PATH}?preview=true"),
        of({"a": 1}, kind="json"),
        of({"a": "1"}, kind="json"),
        of({"a": 1}, path="/api/catalogue/releases/", kind="json"),
    }
    assert len(found) == 8


def test_an_uploaded_file_can_still_be_read_afterwards() -> None:
    sent = APIRequestFactory().post(PATH, {"file": upload("t.csv", b"x")}, format="multipart")
    request = Request(sent, parsers=[MultiPartParser()])
    fingerprint(request)
    data: Any = request.data
    assert data["file"].read() == b"x"


# --- over HTTP ---

NAMES = "/api/names/"
FOO = {"kind": "territory", "written": "Foo", "meaning": "DE"}


def post(api: APIClient, body: Any, key: str, path: str = NAMES) -> Any:
    return api.post(path, body, format="json", headers={"Idempotency-Key": key})


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a\x7f", "x" * (KEY_LENGTH + 1)])
def test_a_key_of_other_than_visible_ascii_is_refused_and_nothing_is_done(alice_api: APIClient, key: str) -> None:
    answer = post(alice_api, FOO, key)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_idempotency_key")
    assert not StoredResponse.everything.exists()
    assert not KnownName.everything.exists()


@pytest.mark.django_db
def test_a_refusal_of_the_body_is_repeated_and_one_of_the_moment_is_not(
    alice_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {**FOO, "meaning": "nowhere"}
    first, second = post(alice_api, wrong, "a"), post(alice_api, wrong, "a")
    assert (first.status_code, second.content, second["Idempotent-Replayed"]) == (400, first.content, "true")
    with monkeypatch.context() as patched:
        patched.setattr("layouts.api.views.create_name", refuse)
        assert post(alice_api, FOO, "b").status_code == 409
    assert StoredResponse.everything.filter(key="b").count() == 0
    assert post(alice_api, FOO, "b").status_code == 201


def refuse(**_: Any) -> None:
    raise Refused("Not at this moment.")


@pytest.mark.django_db
def test_a_caller_that_is_refused_claims_no_key(viewer_api: APIClient, alice_api: APIClient) -> None:
    assert post(viewer_api, FOO, "a").status_code == 403
    assert not StoredResponse.everything.exists()
    assert post(alice_api, FOO, "a").status_code == 201


@pytest.mark.django_db
def test_a_key_with_another_body_is_refused_and_its_response_stays(alice_api: APIClient) -> None:
    first = post(alice_api, FOO, "a")
    other = post(alice_api, {**FOO, "written": "Bar"}, "a")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "idempotency_key_reused")
    assert post(alice_api, FOO, "a").content == first.content
    assert KnownName.everything.count() == 1


@pytest.mark.django_db
def test_two_people_and_two_organisations_may_use_one_key(
    alice_api: APIClient, bob_api: APIClient, charlie_api: APIClient, key_api: APIClient
) -> None:
    answers = [post(api, {**FOO, "written": f"Foo {number}"}, "a")
               for number, api in enumerate((alice_api, bob_api, charlie_api, key_api))]  # fmt: skip
    assert [answer.status_code for answer in answers] == [201] * 4
    assert StoredResponse.everything.count() == 4


@pytest.mark.django_db
def test_a_request_under_way_is_told_when_to_come_again(alice_api: APIClient) -> None:
    assert post(alice_api, FOO, "a").status_code == 201
    StoredResponse.everything.update(status=None, claimed_at=timezone.now() - timedelta(seconds=100))
    answer = post(alice_api, FOO, "a")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "request_in_progress")
    assert 18 <= int(answer["Retry-After"]) <= 20


@pytest.mark.django_db
def test_a_response_that_cannot_be_stored_reaches_the_client_all_the_same(
    alice_api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise DatabaseError("no connection")

    monkeypatch.setattr("idempotency.views.services.store", down)
    assert post(alice_api, FOO, "a").status_code == 201
    assert StoredResponse.everything.get().status is None


@pytest.mark.django_db
def test_only_a_post_uses_the_key(alice_api: APIClient) -> None:
    place = post(alice_api, FOO, "a")["Location"]
    headers = {"Idempotency-Key": "a"}
    for meaning in ("AT", "CH"):
        answer = alice_api.patch(place, {"meaning": meaning}, format="json", headers=headers)
        assert (answer.status_code, answer.json()["meaning"]) == (200, meaning)
    assert StoredResponse.everything.count() == 1
