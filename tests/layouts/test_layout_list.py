"""The layouts that an organisation is shown are those that its files are read with."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Organisation
from layouts.models import Layout, LayoutSwitch, Origin, State
from layouts.services.layout_list import known_layouts
from layouts.services.layout_sets import live_versions
from tests.layouts.own_layouts import own_layout

pytestmark = pytest.mark.django_db


def shown(organisation: Organisation) -> list[tuple[str, str, bool]]:
    rows: Any = known_layouts(organisation.pk).filter(name__in=["believe", "distrokid", "our_shop"])
    return list(rows.values_list("name", "origin", "enabled"))


def test_a_live_custom_layout_stands_in_place_of_the_shipped_one(organisation: Organisation) -> None:
    own = own_layout(Layout.objects.get(name="believe").text, State.DRAFT)
    own_layout(state=State.DRAFT)
    assert shown(organisation) == [("believe", "SHIPPED", True), ("distrokid", "SHIPPED", True)]
    Layout.objects.filter(pk=own.pk).update(state=State.LIVE)
    assert shown(organisation) == [("believe", "OWN", True), ("distrokid", "SHIPPED", True)]


def test_a_retired_layout_is_not_shown(organisation: Organisation) -> None:
    Layout.objects.filter(name="believe").update(state=State.RETIRED)
    assert shown(organisation) == [("distrokid", "SHIPPED", True)]


def test_a_switch_of_another_organisation_and_one_that_is_on_change_nothing(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    for each, name, enabled in (
        (organisation, "believe", False),
        (organisation, "distrokid", True),
        (other_organisation, "distrokid", False),
    ):
        LayoutSwitch.objects.unscoped().create(organisation=each, name=name, enabled=enabled)
    assert shown(organisation) == [("believe", "SHIPPED", False), ("distrokid", "SHIPPED", True)]
    assert shown(other_organisation) == [("believe", "SHIPPED", True), ("distrokid", "SHIPPED", False)]


def test_what_is_shown_as_enabled_is_what_is_used(organisation: Organisation) -> None:
    own_layout()
    own_layout(Layout.objects.get(name="believe").text)
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name="distrokid", enabled=False)
    Layout.objects.filter(name="bandcamp", origin=Origin.SHIPPED).update(state=State.RETIRED)
    rows: Any = known_layouts(organisation.pk)
    enabled = rows.filter(enabled=True)
    assert set(enabled.values_list("pk", flat=True)) == set(live_versions(organisation.pk))
