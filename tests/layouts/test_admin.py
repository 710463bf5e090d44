"""Layouts, switches and names in the admin site. (The way of a custom layout to live: salesfiles/test_previews.)"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Organisation
from layouts.models import KnownName, Layout, LayoutSwitch, NameKind, Origin, State
from layouts.services import custom
from layouts.services.known_names import create_name
from oas.kernel.storage import storage
from tests.jobs.glider_in_process import Glider
from tests.layouts.own_layouts import OWN, SALES, own_layout

pytestmark = pytest.mark.django_db
LAYOUTS = "/admin/layouts/layout/"
NAMES = "/admin/layouts/knownname/"


def act(admin: Client, action: str, *layouts: Layout) -> list[str]:
    """What the admin site says to `action` on `layouts`."""
    chosen = {"action": action, "_selected_action": [layout.pk for layout in layouts], "post": "yes"}
    answer = admin.post(LAYOUTS, chosen, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def errors(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.context["errors"])


# --- the form of a layout ---


def test_a_name_is_given_to_one_custom_layout_and_stays(admin: Client) -> None:
    layout = own_layout()
    assert "There is an own layout our_shop already." in errors(admin.post(f"{LAYOUTS}add/", {"text": OWN}))
    renamed = admin.post(f"{LAYOUTS}{layout.pk}/change/", {"text": OWN.replace("our_shop", "shop")})
    assert "The name stays our_shop: files remember it." in errors(renamed)
    assert list(Layout.objects.filter(origin=Origin.OWN).values_list("name", flat=True)) == ["our_shop"]


def test_line_breaks_of_a_browser_are_not_kept(admin: Client) -> None:
    assert admin.post(f"{LAYOUTS}add/", {"text": OWN.replace("\n", "\r\n")}).status_code == 302
    layout = Layout.objects.get(name="our_shop")
    assert (layout.text, layout.state, layout.updated_by) == (OWN.strip(), State.DRAFT, "root")


def test_a_title_longer_than_its_column_is_refused_in_the_form(admin: Client) -> None:
    answer = admin.post(f"{LAYOUTS}add/", {"text": OWN.replace("Our own shop", "x" * 201)})
    assert "title: no more than 200 characters" in errors(answer)


def test_an_example_that_is_too_large_is_refused_with_its_layout(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom, "MOST_EXAMPLE", len(SALES) - 1)
    given = {"text": OWN, "example": SimpleUploadedFile("shop.csv", SALES)}
    assert "At most 0 MB." in errors(admin.post(f"{LAYOUTS}add/", given))
    assert not Layout.objects.filter(origin=Origin.OWN).exists()


def test_saving_another_text_tries_the_example_again(admin: Client, glider: Glider) -> None:
    admin.post(f"{LAYOUTS}add/", {"text": OWN, "example": SimpleUploadedFile("shop.csv", SALES)})
    layout = Layout.objects.get(name="our_shop")
    glider.work()
    other = OWN.replace('"EUR"', '"USD"')
    answer = admin.post(f"{LAYOUTS}{layout.pk}/change/", {"text": other}, follow=True)
    assert "Glider is reading the example of our_shop" in answer.content.decode()
    glider.work()
    page = admin.get(f"{LAYOUTS}{layout.pk}/change/").content.decode()
    assert "net 1.250000000000000000 USD." in page
    assert storage().get_bytes(Layout.objects.get(pk=layout.pk).example_key, most=100) == SALES


# --- actions ---


def test_a_shipped_layout_is_deleted_by_nobody(admin: Client) -> None:
    shipped = Layout.objects.get(name="believe")
    assert admin.post(f"{LAYOUTS}{shipped.pk}/delete/", {"post": "yes"}).status_code == 403
    own = own_layout()
    both = {"action": "delete_selected", "_selected_action": [shipped.pk, own.pk], "post": "yes"}
    assert admin.post(LAYOUTS, both).status_code == 403
    assert Layout.objects.filter(pk__in=[shipped.pk, own.pk]).count() == 2
    act(admin, "delete_selected", own)
    assert not Layout.objects.filter(pk=own.pk).exists()


def test_several_copies_are_made_at_once(admin: Client) -> None:
    chosen = list(Layout.objects.filter(name__in=["believe", "distrokid"]))
    assert act(admin, "copy_to_change", *chosen) == ["2 drafts are there to change."]
    drafts = Layout.objects.filter(origin=Origin.OWN, state=State.DRAFT)
    assert sorted(drafts.values_list("name", "updated_by")) == [("believe", "root"), ("distrokid", "root")]


def test_a_retired_layout_that_oas_cannot_read_any_more_is_not_copied_and_says_why(admin: Client) -> None:
    retired = Layout.objects.get(name="believe")
    Layout.objects.filter(pk=retired.pk).update(state=State.RETIRED, text=retired.text + "\n[retired_key]\n")
    good = Layout.objects.get(name="distrokid")
    said = act(admin, "copy_to_change", retired, good)
    assert (len(said), said[0].startswith("believe cannot be copied: "), "retired_key" in said[0]) == (1, True, True)
    assert Layout.objects.get(origin=Origin.OWN).name == "distrokid"


def test_a_layout_without_an_example_is_not_tried(admin: Client, glider: Glider) -> None:
    assert act(admin, "try_again", own_layout(state=State.DRAFT)) == ["our_shop has no example."]
    glider.work()
    assert glider.messages == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SALES, "The example was read; see the dry run below, then make it live."),
        (b"Day;Who\n1;2\n", "The example was not taken: "),
    ],
)
def test_trying_again_tells_what_became_of_it(admin: Client, glider: Glider, content: bytes, said: str) -> None:
    layout = own_layout(state=State.DRAFT)
    custom.keep_example(layout, name="shop.csv", content=content)
    assert act(admin, "try_again", layout)[0].startswith("Glider is reading the example of our_shop")
    glider.work()
    assert act(admin, "try_again", layout)[0].startswith(said)


def test_one_that_cannot_go_live_does_not_stop_the_others(admin: Client, glider: Glider) -> None:
    ready, untried = own_layout(state=State.DRAFT), own_layout(OWN.replace("our_shop", "a_shop"), State.DRAFT)
    custom.keep_example(ready, name="shop.csv", content=SALES)
    custom.dry_run(ready)
    glider.work()
    custom.dry_run(ready)
    said = act(admin, "make_live", untried, ready)
    assert [text.partition(":")[0] for text in said] == ["a_shop", "our_shop is live"]
    assert act(admin, "make_draft", untried, ready) == [
        "1 own layouts are drafts; a shipped one of the name is used again."
    ]


# --- switches and names ---


def test_a_switch_is_of_a_layout_that_there_is(admin: Client, organisation: Organisation) -> None:
    page = "/admin/layouts/layoutswitch/add/"
    answer = admin.post(page, {"organisation": organisation.pk, "name": "no_such_layout"})
    assert "no_such_layout is not one of the available choices" in answer.content.decode()
    assert admin.post(page, {"organisation": organisation.pk, "name": "believe"}).status_code == 302
    switch = LayoutSwitch.objects.of(organisation).get()
    assert (switch.name, switch.enabled) == ("believe", False)


@pytest.mark.parametrize("missing", ["organisation", "kind", "written", "meaning"])
def test_a_name_with_a_part_missing_is_refused_by_that_part(
    admin: Client, organisation: Organisation, missing: str
) -> None:
    given = {"organisation": organisation.pk, "kind": "territory", "written": "Foo", "meaning": "DE", missing: ""}
    answer = admin.post(f"{NAMES}add/", given)
    assert answer.status_code == 200
    assert missing in answer.context["adminform"].form.errors
    assert not KnownName.everything.exists()


def test_a_name_that_is_there_gets_another_meaning_and_nothing_else(
    admin: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    name = create_name(
        organisation=organisation, kind=NameKind.TERRITORY, written="Foo", meaning="DE", actor="alice"
    )  # fmt: skip
    given = {"organisation": other_organisation.pk, "kind": "store", "written": "Bar", "meaning": "at"}
    assert admin.post(f"{NAMES}{name.pk}/change/", given).status_code == 302
    name.refresh_from_db()
    assert (name.organisation, name.kind, name.written) == (organisation, "territory", "Foo")
    assert (name.meaning, name.created_by) == ("AT", "alice")


def test_a_name_that_another_organisation_explained_can_be_explained(
    admin: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    create_name(organisation=organisation, kind=NameKind.STORE, written="Moon", meaning="Moon")
    given = {"kind": "store", "written": " MOON ", "meaning": "Other Moon"}
    assert admin.post(f"{NAMES}add/", {**given, "organisation": other_organisation.pk}).status_code == 302
    assert KnownName.objects.of(other_organisation).get().key == "moon"
    assert "explained this name already" in errors(
        admin.post(f"{NAMES}add/", {**given, "organisation": organisation.pk})
    )
