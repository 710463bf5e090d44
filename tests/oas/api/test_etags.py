"""ETags: an answer that is still valid is not sent again."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.request import Request

from oas.api.etags import etag_for, unchanged, with_etag


def request(**headers: str) -> Request:
    return Request(RequestFactory().get("/", headers=headers))


def test_version_and_question_make_the_etag() -> None:
    tags = {etag_for("1", "a"), etag_for("2", "a"), etag_for("1", "b"), etag_for("1", "a", None)}
    assert len(tags) == 4
    assert etag_for("1", "a") in tags


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, None), ({"If-None-Match": '"1"'}, 304), ({"If-None-Match": '"2"'}, None), ({"If-Match": '"2"'}, 412)],
)
def test_the_condition_of_a_request_decides(headers: dict[str, str], status: int | None) -> None:
    answer = unchanged(request(**headers), '"1"')
    assert (answer and answer.status_code) == status
    assert answer is None or answer["ETag"] == '"1"'


def test_no_shared_cache_keeps_an_answer() -> None:
    answer = with_etag(HttpResponse("x"), '"1"')
    assert (answer["ETag"], answer["Cache-Control"]) == ('"1"', "private, no-cache")
