"""The set of layouts and stores that an organisation's files are read with, published to Glider by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from layouts.models import Layout, LayoutSwitch, Origin, PublishedSet, State, StoreName
from oas.kernel.documents import documents

COLLECTION = "formats"
_KNOWN: ContextVar[dict[int, str] | None] = ContextVar("published_sets", default=None)


def published_set(organisation: int) -> str:
    """The hash of the organisation's set, which is in MongoDB when this returns. Raises `DocumentsError`."""
    known = _KNOWN.get()
    if known is None:
        return publish(live_versions(organisation))
    if organisation not in known:
        known[organisation] = publish(live_versions(organisation))
    return known[organisation]


@contextmanager
def same_set() -> Iterator[None]:
    """Meanwhile an organisation's files are read with what was live when it was asked for first."""
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def live_versions(organisation: int) -> dict[int, tuple[str, str]]:
    """Layout id → name and version of those in use: own before shipped, and none that the organisation switched off."""
    off = set(LayoutSwitch.objects.of(organisation).filter(enabled=False).values_list("name", flat=True))
    rows = Layout.objects.filter(state=State.LIVE).exclude(name__in=off)
    by_name: dict[str, tuple[int, str, str]] = {}
    for id, name, version, origin in rows.values_list("id", "name", "version", "origin"):
        if name not in by_name or origin == Origin.OWN:
            by_name[name] = (id, name, version)
    return {id: (name, version) for id, name, version in by_name.values()}


def set_with(draft: Layout, organisation: int | None = None) -> str:
    """A set for trying `draft`: everything that is live, and the draft instead of what has its name."""
    live = live_versions(organisation or 0)
    others = {id: pair for id, pair in live.items() if pair[0] != draft.name}
    return publish({**others, draft.pk: (draft.name, draft.version)})


def publish(layouts: dict[int, tuple[str, str]]) -> str:
    """Write the set when it is not known to be there; two at once write the same."""
    names = StoreName.objects.order_by("store").values_list("store", "dsp")
    stores = [{"store": store, "dsp": dsp} for store, dsp in names]
    key = _hash(sorted(layouts.values()), stores)
    if not PublishedSet.objects.filter(pk=key).exists():
        documents().replace(COLLECTION, {"_id": key, "layouts": _contents(layouts), "stores": stores})
        PublishedSet.objects.get_or_create(pk=key)
    return key


def _contents(ids: Iterable[int]) -> list[Any]:
    return list(Layout.objects.filter(pk__in=list(ids)).order_by("name").values_list("content", flat=True))


def _hash(versions: list[tuple[str, str]], stores: list[dict[str, str]]) -> str:
    return hashlib.sha256(json.dumps([versions, stores]).encode()).hexdigest()[:32]
