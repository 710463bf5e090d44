"""What makes two requests the same: the address and the values of the body."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from idempotency.views import fingerprint

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
