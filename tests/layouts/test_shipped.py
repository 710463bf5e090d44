"""Layouts that come with OAS are loaded into the database."""

from __future__ import annotations

import pytest

from glider.layouts.registry import shipped_layouts
from layouts.models import Layout, Origin, State
from layouts.services import shipped
from layouts.services.shipped import Loaded, load_layouts
from layouts.services.validation import LayoutError
from tests.layouts.own_layouts import own_layout

pytestmark = pytest.mark.django_db
COUNT = len(shipped_layouts())


def test_every_layout_that_comes_with_oas_is_in_the_database_after_migrating() -> None:
    stored = dict(Layout.objects.filter(state=State.LIVE, origin=Origin.SHIPPED).values_list("name", "version"))
    assert set(stored) == {layout.name for layout in shipped_layouts()}


def test_a_shipped_layout_that_is_gone_is_retired_and_a_changed_one_is_brought_up_to_date() -> None:
    Layout.objects.filter(name="distrokid").update(version="old", text="old")
    gone = Layout.objects.get(name="believe")
    gone.pk, gone.name = None, "gone"
    gone.save()
    loaded = load_layouts()
    assert (loaded.changed, loaded.retired) == (1, 1)
    assert Layout.objects.get(name="gone").state == State.RETIRED
    assert "Sale Month" in Layout.objects.get(name="distrokid").text


def test_what_was_retired_is_counted_once_and_comes_back_with_its_layout() -> None:
    Layout.objects.filter(name="believe").update(state=State.RETIRED)
    assert load_layouts() == Loaded(COUNT, 1, 0)
    assert Layout.objects.get(name="believe").state == State.LIVE
    Layout.objects.filter(name="believe").update(name="gone")
    assert [load_layouts(), load_layouts()] == [Loaded(COUNT, 1, 1), Loaded(COUNT, 0, 0)]


def test_custom_layouts_are_neither_retired_nor_overwritten() -> None:
    foreign = own_layout()
    same_name = own_layout(Layout.objects.get(name="believe").text.replace('title = "', 'title = "Our '))
    Layout.objects.filter(name="believe", origin=Origin.SHIPPED).update(version="old")
    assert load_layouts() == Loaded(COUNT, 1, 0)
    for layout in (foreign, same_name):
        title = layout.title
        layout.refresh_from_db()
        assert (layout.state, layout.title, layout.updated_by) == (State.LIVE, title, "alice")


def test_nothing_is_loaded_if_one_layout_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    Layout.objects.filter(name="believe").update(version="old")

    def wrong() -> None:
        raise LayoutError("distrokid.toml: columns: net is missing")

    with monkeypatch.context() as patched:
        patched.setattr(shipped, "shipped", wrong)
        with pytest.raises(LayoutError):
            load_layouts()
    assert Layout.objects.get(name="believe").version == "old"
