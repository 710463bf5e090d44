"""JSON bodies: nested as deep as the limit is read, deeper is 400, and neither takes long."""

from __future__ import annotations

import json
import time
from io import BytesIO

import pytest
from django.test import Client
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.api.parsers import MOST_LEVELS, JSONParser, levels_of

DEEP = {
    "lists": "[" * 100_000,
    "objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "both": '[{"a":' * 50_000,
    "one level too many": "[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1),
}
ROUTES = [
    ("post", "/api/auth/login/"),
    ("post", "/api/catalogue/aliases/bulk/"),
    ("post", "/api/catalogue/releases/"),
    ("post", "/api/files/salesfiles/"),
    ("post", "/api/files/salesfiles/process/"),
    ("post", "/api/files/upload_automatically/"),
    ("post", "/api/reports/"),
    ("put", "/api/reports/schedule/"),
]


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_json_that_is_nested_too_deep_is_400(alice_api: APIClient, method: str, route: str, body: str) -> None:
    alice_api.raise_request_exception = False
    answer = alice_api.generic(method, route, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="a-deep-body")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"code": "parse_error", "detail": "The JSON is nested more than 100 levels deep.", "attr": None}
    ]


def test_a_webhook_that_is_nested_deep_is_refused_for_its_signature(anonymous_api: APIClient) -> None:
    anonymous_api.raise_request_exception = False
    answer = anonymous_api.post("/api/webhooks/glider/", "[" * 10_000, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "bad_signature")


def test_the_login_of_the_admin_site_reads_no_json(organisation: Organisation) -> None:
    page = Client(raise_request_exception=False).post("/admin/login/", "[" * 100_000, content_type="application/json")
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("", 0),
        ("1", 0),
        ("[]", 1),
        ('[{"a": [1]}, [2]]', 3),
        ("[[" + "],[" * 500 + "]]", 2),
        ("[" * 150 + "]" * 150, 150),
        ('"' + "[" * 500 + '"', 0),
        (r'["\"' + "[" * 500 + r'\\", [1]]', 2),
        ('["' + "[" * 500, 1),
        ("]" * 200 + "[" * 101, -1),
    ],
)
def test_levels_are_counted_outside_of_strings(text: str, levels: int) -> None:
    assert levels_of(text) == levels


def test_as_many_levels_as_the_limit_are_read() -> None:
    text = "[" * MOST_LEVELS + "]" * MOST_LEVELS
    assert JSONParser().parse(BytesIO(text.encode())) == json.loads(text)
    with pytest.raises(ParseError):
        JSONParser().parse(BytesIO(f"[{text}]".encode()))


@pytest.mark.parametrize("piece", ['"[', '\\"', "[],", '["\\', '{"a":[1,2]},'])
def test_counting_takes_time_in_proportion_to_the_body(piece: str) -> None:
    """Ten times as much text: a count that looked again at each quote would take a hundred times as long."""
    few, many = ("[" * 101 + piece * count for count in (20_000, 200_000))
    before = time.process_time()
    levels_of(few)
    between = time.process_time()
    levels_of(many)
    assert time.process_time() - between < 40 * max(between - before, 0.005)
