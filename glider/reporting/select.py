"""Selection: the live sales objects of a span of periods, and fetching them month by month from S3."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final

from oas.kernel.documents import Document, documents
from oas.kernel.storage import storage

FETCHES: Final = 4  # objects fetched at the same time


@dataclass(frozen=True)
class LiveObject:
    """A live sales object, the sales of one file in one period, with the figures of its `sales` document."""

    id: str
    uuid: str
    revision: int
    period: str
    key: str
    rows: int
    quantity: int
    revenue: Decimal


@dataclass(frozen=True)
class Month:
    """The fetched sales of one period: `paths` are in the order of `uuids`, those of their sales files."""

    period: str
    rows: int
    uuids: list[str]
    paths: list[Path]

    def remove(self) -> None:
        """Remove the fetched files, to make room on the disk."""
        shutil.rmtree(self.paths[0].parent)


def select(organisation: int, first: str, last: str, without: Collection[str] = ()) -> list[LiveObject]:
    """The live sales objects of the periods `first` to `last` (YYYY-MM, both included), by period and file.

    Sales files whose uuid is in `without` are left out.
    """
    # Of files that were imported again also the other periods: which revision counts depends on all its documents.
    wanted = [{"period": {"$gte": first, "$lte": last}}, {"revision": {"$gt": 1}}]
    found = list(documents().find("sales", {"organisation": organisation, "live": True, "$or": wanted}))
    counts = _revisions_that_count(found, first, last)
    inside = [_live_object(each) for each in found if first <= each["period"] <= last]
    live = [each for each in inside if each.revision == counts.get(each.uuid) and each.uuid not in without]
    return sorted(live, key=lambda each: (each.period, each.uuid, each.id))


def _revisions_that_count(found: Sequence[Document], first: str, last: str) -> dict[str, int]:
    """Map the uuid of each file to its newest revision of which every document from `first` to `last` is live.

    While a revision is activated, both it and the superseded one are live. The new one counts from the moment its last
    document is marked: `live_objects`, written with each mark, is how many it has, and `live_periods` which. Of a first
    revision only those of the report were asked for, and it counts when all of these are marked.
    """
    marked: dict[tuple[str, int], list[Document]] = {}
    for each in found:
        marked.setdefault((each["uuid"], each["revision"]), []).append(each)
    return dict(sorted(place for place, own in marked.items() if _is_whole(own, first, last)))


def _is_whole(own: Sequence[Document], first: str, last: str) -> bool:
    """Whether `own`, the documents of one revision that were found, are all that count for these months."""
    if own[0]["revision"] > 1:
        stated: list[int] = [each.get("live_objects", 1) for each in own]
        return len(own) >= max(stated)
    wanted = {period for each in own for period in each.get("live_periods", ()) if first <= period <= last}
    return wanted <= {each["period"] for each in own}


def _live_object(document: Document) -> LiveObject:
    return LiveObject(
        id=document["_id"],
        uuid=document["uuid"],
        revision=document["revision"],
        period=document["period"],
        key=document["key"],
        rows=document["rows"],
        quantity=document["quantity"],
        revenue=Decimal(document["revenue"]),
    )


def fetch_months(objects: list[LiveObject], folder: Path) -> Iterator[Month]:
    """Fetch `objects`, which are sorted by period, to `folder`, and yield them month by month.

    The next month is fetched while the caller works on one. Raises ObjectAbsent when an object is gone meanwhile.
    """
    months = [list(group) for _, group in groupby(objects, key=lambda each: each.period)]
    with ThreadPoolExecutor(FETCHES) as pool:
        coming = _begin(pool, months[0], folder) if months else iter(())
        for month, following in zip_longest(months, months[1:]):
            paths = list(coming)
            coming = _begin(pool, following, folder) if following else iter(())
            yield _month(month, paths)


def _begin(pool: ThreadPoolExecutor, month: list[LiveObject], folder: Path) -> Iterator[Path]:
    target = folder / month[0].period
    target.mkdir()
    return pool.map(lambda pair: _fetch(pair[1], target / f"{pair[0]:06}.parquet"), list(enumerate(month)))


def _fetch(live: LiveObject, path: Path) -> Path:
    storage().fetch(live.key, path)
    return path


def _month(objects: list[LiveObject], paths: list[Path]) -> Month:
    return Month(objects[0].period, sum(each.rows for each in objects), [each.uuid for each in objects], paths)
