"""A custom layout for tests, and what a published set has."""

from __future__ import annotations

from glider.layouts.published import layout_set
from layouts.models import Layout, Origin, State
from layouts.services import custom
from layouts.services.validation import check_text

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
SALES = b"Sold on,What,To us\n2025-07-01,Song,1.25\n2025-07-02,Song,x\n"


def own_layout(text: str = OWN, state: State = State.LIVE) -> Layout:
    layout = Layout(origin=Origin.OWN, state=state)
    custom.fill(layout, check_text(text), actor="alice")
    layout.state = state
    layout.save()
    return layout


def names(hash: str) -> set[str]:
    return {layout.name for layout in layout_set(hash).layouts}
