"""Layout sets: the layouts and stores that are in use for an organisation, published for Glider under their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from layouts.models import KnownName, Layout, LayoutSwitch, NameKind, Origin, PublishedSet, State, StoreName
from oas.kernel.documents import documents

COLLECTION = "formats"
_KNOWN: ContextVar[dict[int, str] | None] = ContextVar("published_sets", default=None)


def published_set(organisation: int) -> str:
    """Publish the layout set of `organisation` if need be; returns its hash. Raises `DocumentsError`."""
    known = _KNOWN.get()
    if known is None:
        return publish(live_versions(organisation), organisation)
    if organisation not in known:
        known[organisation] = publish(live_versions(organisation), organisation)
    return known[organisation]


@contextmanager
def same_set() -> Iterator[None]:
    """Use one layout set per organisation in the block, the one that was live when it was first asked for."""
    # For actions on many files: the set is put together once, not once per file.
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def live_versions(organisation: int) -> dict[int, tuple[str, str]]:
    """Layout id → name and version of the layouts in use.

    A custom layout comes before a shipped one; those that `organisation` has switched off are left out.
    """
    off = set(LayoutSwitch.objects.of(organisation).filter(enabled=False).values_list("name", flat=True))
    rows = Layout.objects.filter(state=State.LIVE).exclude(name__in=off)
    by_name: dict[str, tuple[int, str, str]] = {}
    for id, name, version, origin in rows.values_list("id", "name", "version", "origin"):
        if name not in by_name or origin == Origin.OWN:
            by_name[name] = (id, name, version)
    return {id: (name, version) for id, name, version in by_name.values()}


def set_with(draft: Layout, organisation: int | None = None) -> str:
    """Publish a layout set to try `draft` with: all live layouts, and `draft` in place of that of its name.

    Returns its hash. Raises `DocumentsError`.
    """
    live = live_versions(organisation or 0)
    others = {id: pair for id, pair in live.items() if pair[0] != draft.name}
    return publish({**others, draft.pk: (draft.name, draft.version)}, organisation or 0)


def publish(layouts: dict[int, tuple[str, str]], organisation: int) -> str:
    """Publish `layouts` (id → name and version) with the names of stores and territories that `organisation` uses.

    Returns their hash. Idempotent.

    Raises `DocumentsError`.
    """
    names = names_of(organisation)
    key = _hash(sorted(layouts.values()), names)
    if not PublishedSet.objects.filter(pk=key).exists():
        documents().replace(COLLECTION, {"_id": key, "layouts": _contents(layouts), **names})
        # Noted after it was written: a set that is noted is there. Two processes at once write the same.
        PublishedSet.objects.get_or_create(pk=key)
    return key


def _contents(ids: Iterable[int]) -> list[Any]:
    return list(Layout.objects.filter(pk__in=list(ids)).order_by("name").values_list("content", flat=True))


def names_of(organisation: int) -> dict[str, list[dict[str, str]]]:
    """Names of stores, the installation's and those of `organisation` in place of them, and its territories."""
    known = KnownName.objects.of(organisation).order_by("key").values_list("kind", "key", "written", "meaning")
    own = {key: meaning for kind, key, _, meaning in known if kind == NameKind.STORE}
    stores = {**dict(StoreName.objects.order_by("store").values_list("store", "dsp")), **own}
    return {
        # Sorted, as the same names have to come to the same hash.
        "stores": [{"store": store, "dsp": dsp} for store, dsp in sorted(stores.items())],
        "territories": [
            {"territory": written, "code": meaning} for kind, _, written, meaning in known if kind == NameKind.TERRITORY
        ],
    }


def _hash(versions: list[tuple[str, str]], names: dict[str, list[dict[str, str]]]) -> str:
    return hashlib.sha256(json.dumps([versions, names]).encode()).hexdigest()[:32]
