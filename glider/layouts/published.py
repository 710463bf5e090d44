"""The set of layouts and stores that a job is to use: what OAS published in MongoDB, by its hash.

What is not in the set is not recognised: an administrator decides what OAS knows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from glider.layouts.layout import Layout
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import Stores, shipped_stores
from oas.kernel.documents import DocumentsError, documents

COLLECTION = "formats"


class FormatSet(NamedTuple):
    layouts: tuple[Layout, ...]
    stores: Stores


def layout_set(hash: str | None) -> FormatSet:
    """None: what Glider ships with. Raises `DocumentsError` when the set cannot be had (yet)."""
    return FormatSet(shipped_layouts(), shipped_stores()) if hash is None else _published(hash)


@lru_cache(maxsize=64)
def _published(hash: str) -> FormatSet:
    document = documents().get(COLLECTION, hash)
    if document is None:
        raise DocumentsError(f"the format set {hash} is not published")
    layouts = tuple(Layout.model_validate(layout) for layout in document["layouts"])
    return FormatSet(layouts, _with_names(document.get("stores", [])))


def _with_names(stores: list[dict[str, str]]) -> Stores:
    """The table of Glider, and before it the names that an administrator added."""
    return shipped_stores().with_names({entry["store"]: entry["dsp"] for entry in stores})
