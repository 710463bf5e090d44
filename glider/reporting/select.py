"""select: which Parquet parts hold the sales of a span of periods, and their way from S3 to the task's folder."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final

from oas.kernel.documents import Document, documents
from oas.kernel.storage import storage

FETCHES: Final = 4  # parts on their way at a time


@dataclass(frozen=True)
class Part:
    """The sales of one file in one period, as its `sales` document tells."""

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
    """The sales of one period: `paths` are in the order of `uuids`, the files they are from."""

    period: str
    rows: int
    uuids: list[str]
    paths: list[Path]

    def remove(self) -> None:
        """Make room on the disk."""
        shutil.rmtree(self.paths[0].parent)


def select(organisation: int, first: str, last: str, without: Collection[str] = ()) -> list[Part]:
    """The live parts of the periods from `first` to `last` (YYYY-MM), by period and file.

    Of a file that is being replaced at this moment only the newest live revision counts; those `without` do not.
    """
    query = {"organisation": organisation, "live": True, "period": {"$gte": first, "$lte": last}}
    parts = [_part(document) for document in documents().find("sales", query)]
    newest: dict[str, int] = {}
    for part in parts:
        newest[part.uuid] = max(part.revision, newest.get(part.uuid, 0))
    live = [part for part in parts if part.revision == newest[part.uuid] and part.uuid not in without]
    return sorted(live, key=lambda part: (part.period, part.uuid, part.id))


def _part(document: Document) -> Part:
    return Part(
        id=document["_id"],
        uuid=document["uuid"],
        revision=document["revision"],
        period=document["period"],
        key=document["key"],
        rows=document["rows"],
        quantity=document["quantity"],
        revenue=Decimal(document["revenue"]),
    )


def fetched(parts: list[Part], folder: Path) -> Iterator[Month]:
    """Month by month; the next is fetched while one is worked on.

    Raises ObjectAbsent when a part went away meanwhile.
    """
    months = [list(group) for _, group in groupby(parts, key=lambda part: part.period)]
    with ThreadPoolExecutor(FETCHES) as pool:
        coming = _begin(pool, months[0], folder) if months else iter(())
        for month, following in zip_longest(months, months[1:]):
            paths = list(coming)
            coming = _begin(pool, following, folder) if following else iter(())
            yield _month(month, paths)


def _begin(pool: ThreadPoolExecutor, month: list[Part], folder: Path) -> Iterator[Path]:
    target = folder / month[0].period
    target.mkdir()
    return pool.map(lambda pair: _fetch(pair[1], target / f"{pair[0]:06}.parquet"), list(enumerate(month)))


def _fetch(part: Part, path: Path) -> Path:
    storage().fetch(part.key, path)
    return path


def _month(parts: list[Part], paths: list[Path]) -> Month:
    return Month(parts[0].period, sum(part.rows for part in parts), [part.uuid for part in parts], paths)
