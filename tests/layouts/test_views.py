"""The layouts that OAS knows, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.layouts.registry import shipped_layouts
from layouts.models import LayoutSwitch, State
from tests.layouts.own_layouts import OWN, own_layout

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["alice_api", "bob_api", "charlie_api", "key_api"])
def test_everyone_reads_the_layouts_that_their_organisation_knows(name: str, request: pytest.FixtureRequest) -> None:
    api: APIClient = request.getfixturevalue(name)
    answer = api.get("/api/formats/", {"page_size": 200}).json()
    assert answer["count"] == len(shipped_layouts())
    assert {"name", "title", "source", "evidence", "origin", "version", "enabled"} <= set(answer["results"][0])
    assert "fingerprint" in api.get("/api/formats/distrokid/").json()["text"]


def test_nobody_known_reads_nothing(anonymous_api: APIClient) -> None:
    assert anonymous_api.get("/api/formats/").status_code == 401


def test_a_switch_shows_to_its_own_organisation(
    organisation: Organisation, alice_api: APIClient, charlie_api: APIClient
) -> None:
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name="believe", enabled=False)
    assert alice_api.get("/api/formats/believe/").json()["enabled"] is False
    assert charlie_api.get("/api/formats/believe/").json()["enabled"] is True


def test_layouts_are_read_only_over_http(alice_api: APIClient) -> None:
    assert alice_api.delete("/api/formats/believe/").status_code == 405
    assert alice_api.post("/api/formats/", {}).status_code == 405


def test_the_list_costs_as_many_queries_with_one_layout_as_with_all(
    alice_api: APIClient, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        alice_api.get("/api/formats/", {"page_size": 200})


def test_a_custom_layout_is_found_by_its_title_and_has_its_text_on_its_own_page_only(alice_api: APIClient) -> None:
    own_layout()
    found = alice_api.get("/api/formats/", {"search": "our own"}).json()["results"]
    assert [(layout["name"], layout["origin"], "text" in layout) for layout in found] == [("our_shop", "OWN", False)]
    assert alice_api.get("/api/formats/our_shop/").json()["text"] == OWN


def test_a_draft_is_on_no_page(alice_api: APIClient) -> None:
    own_layout(state=State.DRAFT)
    assert alice_api.get("/api/formats/our_shop/").status_code == 404
    assert alice_api.get("/api/formats/", {"search": "our own"}).json()["count"] == 0


def test_the_list_is_by_name_unless_another_order_is_asked_for(alice_api: APIClient) -> None:
    def listed(**query: Any) -> list[str]:
        answer = alice_api.get("/api/formats/", {"page_size": 200, **query}).json()
        return [layout["name"] for layout in answer["results"]]

    by_name = sorted(layout.name for layout in shipped_layouts())
    assert (listed(), listed(ordering="-name")) == (by_name, by_name[::-1])
