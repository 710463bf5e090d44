"""More of everything that Label A has, so that a query for each thing shows in the number of queries."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import models

from catalogue.models import Alias, CatalogueImport, ImportProblem, Release, Track
from catalogue.services.credits import ArtistGiven
from catalogue.services.works import create_release, create_track
from fetcher.models import Batch, BatchItem, ItemStatus, WatchedFolder
from reports.models import Report
from salesfiles.models import StatusChange
from tests.promises.world import MARK, World
from tests.salesfiles.glider_stand_in import finalized_file


def grow(world: World, many: int) -> None:
    """Create `many` more of each, both beside those in `world.ids` and inside of them (tracks of a release, items of
    a batch)."""
    for _ in range(many):
        mark = uuid4().hex[:8]
        _sales(world, mark)
        _works(world, mark)
        _links(world, mark)
        _copies(world, mark)


def _sales(world: World, mark: str) -> None:
    file = finalized_file(world.organisation, filename=f"{MARK} {mark}.csv")
    history = StatusChange.everything.filter(file=file)
    # One file gets the history of all, so that its history grows as well.
    history.update(file=world.ids["file"])


def _works(world: World, mark: str) -> None:
    label, ids = world.organisation, world.ids
    release, track = Release.everything.get(pk=ids["release"]), Track.everything.get(pk=ids["track"])
    people: list[ArtistGiven] = [{"name": f"{MARK} {mark}"}, {"id": ids["artist"]}]
    more = create_release(organisation=label, title=f"{MARK} {mark}", artists=people)
    create_track(organisation=label, title=f"{MARK} {mark}", artists=people, releases=[{"id": release.pk}])
    track.releases.add(more)
    Alias.everything.create(organisation=label, kind="isrc", key=_isrc(mark), text=MARK, track=track)


def _isrc(mark: str) -> str:
    return f"QZAAA{int(mark, 16) % 10**7:07}"


def _links(world: World, mark: str) -> None:
    label, batch = world.organisation, Batch.everything.get(pk=world.ids["batch"])
    file = finalized_file(label, filename=f"{MARK} {mark} by link.csv")
    BatchItem.everything.create(
        organisation=label, batch=batch, key=mark, name=mark, path=mark, sales_file=file, status=ItemStatus.FETCHED
    )


def _copies(world: World, mark: str) -> None:
    copy(Batch.everything.get(pk=world.ids["batch"]))
    copy(WatchedFolder.everything.get(pk=world.ids["folder"]), link_id=f"1{MARK}{mark}")
    copy(Report.everything.get(pk=world.ids["report"]), uuid=uuid4())
    row = CatalogueImport.everything.get(pk=world.ids["import"])
    copy(row, uuid=uuid4())
    ImportProblem.objects.create(catalogue_import=row, row=9, column="isrc", code="bad_isrc")


def copy(row: models.Model, **changed: Any) -> None:
    """Insert a copy of `row` with the fields `changed`."""
    row.pk, row._state.adding = None, True
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(force_insert=True)
