"""Layout sets: the layouts and names that a job uses, as OAS published them in MongoDB, by their hash.

Layouts outside the set are not recognised: an administrator decides what OAS knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from glider.layouts.layout import Layout
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import Stores, shipped_stores
from oas.kernel.documents import DocumentsError, documents

COLLECTION = "formats"


class LayoutSet(NamedTuple):
    """What a file is read by. `territories`: names that the organisation has explained, as written → code."""

    layouts: tuple[Layout, ...]
    stores: Stores
    territories: Mapping[str, str] = MappingProxyType({})


def layout_set(hash: str | None) -> LayoutSet:
    """The layout set with this `hash`; for None, the layouts and stores that Glider ships with.

    Raises DocumentsError when the set is not published, or not yet.
    """
    return LayoutSet(shipped_layouts(), shipped_stores()) if hash is None else _published(hash)


# A cached set is never out of date: one with other content has another hash.
@lru_cache(maxsize=64)
def _published(hash: str) -> LayoutSet:
    document = documents().get(COLLECTION, hash)
    if document is None:
        raise DocumentsError(f"the layout set {hash} is not published")
    layouts = tuple(Layout.model_validate(layout) for layout in document["layouts"])
    territories = {entry["territory"]: entry["code"] for entry in document.get("territories", [])}
    return LayoutSet(layouts, _stores_with(document.get("stores", [])), territories)


def _stores_with(stores: list[dict[str, str]]) -> Stores:
    """The shipped stores, with the names that an administrator added."""
    return shipped_stores().with_names({entry["store"]: entry["dsp"] for entry in stores})
