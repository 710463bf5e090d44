"""Layout sets: the shipped one, and those that OAS published."""

from __future__ import annotations

from uuid import uuid4

import pytest

from glider.layouts.published import COLLECTION, layout_set
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import shipped_stores
from oas.kernel.documents import DocumentsError, documents


def test_without_a_hash_it_is_what_glider_ships_with() -> None:
    assert layout_set(None) == (shipped_layouts(), shipped_stores(), {})


def test_a_published_set_has_its_layouts_alone_and_its_stores_before_the_shipped_ones() -> None:
    layout = shipped_layouts()[0]
    name = uuid4().hex
    stores = [{"store": "Spotify Kids", "dsp": "Spotify for Children"}]
    documents().replace(COLLECTION, {"_id": name, "layouts": [layout.model_dump(mode="json")], "stores": stores})
    found = layout_set(name)
    assert found.layouts == (layout,)
    assert (found.stores.dsp_of("spotify  kids"), found.stores.dsp_of("Spotify")) == ("Spotify for Children", "Spotify")


def test_a_set_that_is_not_published_is_not_replaced_by_another() -> None:
    with pytest.raises(DocumentsError, match="the layout set 0123456789abcdef is not published"):
        layout_set("0123456789abcdef")
