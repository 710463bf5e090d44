"""The layouts that come with OAS, brought into the database; run again, it changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

from django.db import transaction

from layouts.models import Layout, Origin, State
from layouts.services.validation import Checked, shipped


class Loaded(NamedTuple):
    """How many layouts are there, how many of them are new or changed, and how many are gone."""

    known: int
    changed: int
    retired: int


@transaction.atomic
def load_layouts() -> Loaded:
    layouts = shipped()
    stored = dict(Layout.objects.filter(origin=Origin.SHIPPED, state=State.LIVE).values_list("name", "version"))
    changed = [layout for layout in layouts if stored.get(layout.name) != layout.version]
    for layout in changed:
        _store(layout)
    gone = Layout.objects.filter(origin=Origin.SHIPPED).exclude(name__in=[layout.name for layout in layouts])
    return Loaded(len(layouts), len(changed), gone.exclude(state=State.RETIRED).update(state=State.RETIRED))


def _store(layout: Checked) -> None:
    fields = asdict(layout)
    name = fields.pop("name")
    Layout.objects.update_or_create(
        name=name, origin=Origin.SHIPPED, defaults={**fields, "state": State.LIVE, "updated_by": "load_layouts"}
    )
