"""Load the layouts that come with OAS into the database."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

from django.db import transaction

from layouts.models import Layout, Origin, State
from layouts.services.validation import CheckedLayout, shipped


class Loaded(NamedTuple):
    """The number of layouts that OAS comes with, of those that are new or changed, and of those that were retired."""

    known: int
    changed: int
    retired: int


@transaction.atomic
def load_layouts() -> Loaded:
    """Write shipped layouts that are new or changed, and retire those that OAS no longer comes with. Idempotent."""
    layouts = shipped()
    stored = dict(Layout.objects.filter(origin=Origin.SHIPPED, state=State.LIVE).values_list("name", "version"))
    changed = [layout for layout in layouts if stored.get(layout.name) != layout.version]
    for layout in changed:
        _store(layout)
    gone = Layout.objects.filter(origin=Origin.SHIPPED).exclude(name__in=[layout.name for layout in layouts])
    return Loaded(len(layouts), len(changed), gone.exclude(state=State.RETIRED).update(state=State.RETIRED))


def _store(layout: CheckedLayout) -> None:
    fields = asdict(layout)
    name = fields.pop("name")
    Layout.objects.update_or_create(
        name=name, origin=Origin.SHIPPED, defaults={**fields, "state": State.LIVE, "updated_by": "load_layouts"}
    )
