"""The database decides what is known: loading, switching, own layouts, and what reaches Glider."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.layouts.published import layout_set
from glider.layouts.registry import shipped_layouts
from layouts.models import Layout, LayoutSwitch, Origin, PublishedSet, State, StoreName
from layouts.services import custom
from layouts.services.layout_sets import published_set, set_with
from layouts.services.shipped import load_layouts
from layouts.services.validation import LayoutError, check_text
from oas.kernel.documents import documents

pytestmark = pytest.mark.django_db

OWN = """
name = "our_shop"
title = "Our own shop"
source = "The shop's export"
evidence = "D"
[header]
fingerprint = ["Sold on", "What", "To us"]
[columns]
period = "Sold on"
track = "What"
net = "To us"
[currency]
fixed = "EUR"
"""


def own_layout(text: str = OWN, state: State = State.LIVE) -> Layout:
    layout = Layout(origin=Origin.OWN, state=state)
    custom.fill(layout, check_text(text), actor="alice")
    layout.state = state
    layout.save()
    return layout


def names(hash: str) -> set[str]:
    return {layout.name for layout in layout_set(hash).layouts}


def test_every_layout_that_comes_with_oas_is_in_the_database_after_migrating() -> None:
    stored = dict(Layout.objects.filter(state=State.LIVE, origin=Origin.SHIPPED).values_list("name", "version"))
    assert set(stored) == {layout.name for layout in shipped_layouts()}


def test_loading_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_layouts")
    count = len(shipped_layouts())
    assert capsys.readouterr().out == f"{count} layouts, 0 of them new or changed; 0 retired.\n"


def test_a_shipped_layout_that_is_gone_is_retired_and_a_changed_one_is_brought_up_to_date() -> None:
    Layout.objects.filter(name="distrokid").update(version="old", text="old")
    gone = Layout.objects.get(name="believe")
    gone.pk, gone.name = None, "gone"
    gone.save()
    loaded = load_layouts()
    assert (loaded.changed, loaded.retired) == (1, 1)
    assert Layout.objects.get(name="gone").state == State.RETIRED
    assert "Sale Month" in Layout.objects.get(name="distrokid").text


def test_glider_gets_the_very_layouts_that_the_database_has(organisation: Organisation) -> None:
    found = {layout.name: layout for layout in layout_set(published_set(organisation.pk)).layouts}
    assert found == {layout.name: layout for layout in shipped_layouts()}


def test_a_layout_that_is_switched_off_is_not_known_to_that_organisation_only(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name="distrokid", enabled=False)
    assert "distrokid" not in names(published_set(organisation.pk))
    assert "distrokid" in names(published_set(other_organisation.pk))


def test_an_own_layout_is_used_instead_of_the_shipped_one_of_its_name(organisation: Organisation) -> None:
    before = published_set(organisation.pk)
    shipped = Layout.objects.get(name="distrokid")
    changed = shipped.text.replace('title = "DistroKid', 'title = "Our DistroKid')
    own_layout(changed)
    after = published_set(organisation.pk)
    titles = [layout.title for layout in layout_set(after).layouts if layout.name == "distrokid"]
    assert before != after
    assert len(titles) == 1
    assert titles[0].startswith("Our DistroKid")


def test_a_draft_is_used_by_nobody_but_its_own_trial(organisation: Organisation) -> None:
    draft = own_layout(state=State.DRAFT)
    assert "our_shop" not in names(published_set(organisation.pk))
    assert "our_shop" in names(set_with(draft))


def test_the_same_set_is_published_once_and_brought_back_when_lost(organisation: Organisation) -> None:
    first = published_set(organisation.pk)
    assert published_set(organisation.pk) == first
    assert PublishedSet.objects.count() == 1
    assert documents().get("formats", first) is not None


def test_a_store_named_by_an_administrator_counts_before_the_table(organisation: Organisation) -> None:
    StoreName.objects.create(store="  SPOTIFY   Kids ", dsp="Spotify Kids")
    stores = layout_set(published_set(organisation.pk)).stores
    assert (stores.dsp_of("Spotify kids"), stores.dsp_of("Spotify")) == ("Spotify Kids", "Spotify")


def test_a_mistake_in_a_layout_is_told_by_key() -> None:
    with pytest.raises(LayoutError, match=r"columns: net is missing"):
        check_text(OWN.replace('net = "To us"', ""))
    with pytest.raises(LayoutError, match=r"evidence"):
        check_text(OWN.replace('evidence = "D"', 'evidence = "X"'))


def test_a_layout_that_was_not_tried_does_not_go_live() -> None:
    draft = own_layout(state=State.DRAFT)
    with pytest.raises(custom.NotTried):
        custom.make_live(draft, actor="alice")
    assert Layout.objects.get(pk=draft.pk).state == State.DRAFT


def test_a_layout_that_was_changed_after_its_trial_does_not_go_live() -> None:
    draft = own_layout(state=State.DRAFT)
    draft.tried_version, draft.tried = draft.version, {"cause": None, "parts": [{"layout": "our_shop"}]}
    draft.save()
    Layout.objects.filter(pk=draft.pk).update(version="other")
    with pytest.raises(custom.NotTried):
        custom.make_live(draft, actor="alice")


def test_a_live_layout_whose_text_is_changed_is_a_draft_again() -> None:
    layout = own_layout()
    custom.fill(layout, check_text(OWN.replace("Our own shop", "Shop")), actor="alice")
    assert layout.state == State.DRAFT


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


def test_a_mapping_by_hand_becomes_a_layout() -> None:
    text = custom.mapped_text(
        name="mapped",
        title='A "shop"',
        header=["Sold on", "What", "To us", "Note"],
        columns={"net": "To us", "period": "Sold on", "track": "What", "isrc": ""},
        currency="EUR",
        notation="day_month_year",
        decimals="auto",
    )
    checked = check_text(text)
    assert (checked.name, checked.title) == ("mapped", 'A "shop"')
    assert checked.content["header"]["fingerprint"] == ["To us", "Sold on", "What", "Note"]
