"""The layouts that OAS knows, as one organisation sees them."""

from __future__ import annotations

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import BooleanField

from layouts.models import Layout, LayoutSwitch, Origin, State


def known_layouts(organisation: int) -> QuerySet[Layout]:
    """The live layouts by name, a custom one in place of the shipped one of its name.

    Each has `enabled`: whether `organisation` has it switched on.
    """
    own = Layout.objects.filter(name=OuterRef("name"), origin=Origin.OWN, state=State.LIVE)
    off = LayoutSwitch.objects.of(organisation).filter(name=OuterRef("name"), enabled=False)
    live = Layout.objects.filter(Q(origin=Origin.OWN) | ~Exists(own), state=State.LIVE)
    switched = Case(When(Exists(off), then=Value(False)), default=Value(True), output_field=BooleanField())
    return live.annotate(enabled=switched).order_by("name")
