"""Merging works that turned out to be the same: every row that referred to `others` refers to `keep` afterwards.

Each merge is one transaction. The identifiers of `others` stay known, as `keep`'s own where it had none, otherwise as
aliases, so that sales under them still match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models

from catalogue.errors import Gone, NotOneOrganisation
from catalogue.models import (
    Alias,
    AliasKind,
    Artist,
    Release,
    ReleaseArtist,
    ReleaseTrack,
    Stamped,
    Track,
    TrackArtist,
)
from catalogue.services.changes import changing
from oas.kernel.match_keys import normal_upc

Row = TypeVar("Row", bound=Stamped)


def merge_artists(*, keep: Artist, others: Sequence[Artist], actor: str = "") -> Artist:
    """Move the credits of `others` to `keep` and delete `others`. Raises `NotOneOrganisation`, `Gone`."""
    with changing(keep.organisation_id):
        keep, others = _locked(keep, others)
        _move(TrackArtist.objects.all(), "artist", keep, others, same=("track_id", "role"))
        _move(ReleaseArtist.objects.all(), "artist", keep, others, same=("release_id",))
        _delete(others)
    return keep


def merge_releases(*, keep: Release, others: Sequence[Release], actor: str = "") -> Release:
    """Move tracks and aliases of `others` to `keep`; their UPCs become its aliases. Raises as `merge_artists`."""
    with changing(keep.organisation_id):
        keep, others = _locked(keep, others)
        _move(ReleaseTrack.objects.all(), "release", keep, others, same=("track_id",))
        _move(
            ReleaseArtist.objects.all(), "release", keep, () if keep.credits.exists() else others, same=("artist_id",)
        )
        _move(Alias.everything.all(), "release", keep, others)
        codes = [other.upc for other in others if other.upc]
        _delete(others)
        for code in _adopted(keep, "upc", codes):
            _remember(keep, AliasKind.UPC, normal_upc(code) or "", code, actor)
    return keep


def merge_tracks(*, keep: Track, others: Sequence[Track], actor: str = "") -> Track:
    """Move places and aliases of `others` to `keep`; their ISRCs become its aliases. Raises as `merge_artists`."""
    with changing(keep.organisation_id):
        keep, others = _locked(keep, others)
        _move(ReleaseTrack.objects.all(), "track", keep, others, same=("release_id",))
        alone = () if keep.credits.exists() else others
        _move(TrackArtist.objects.all(), "track", keep, alone, same=("artist_id", "role"))
        _move(Alias.everything.all(), "track", keep, others)
        codes = [other.isrc for other in others if other.isrc]
        _delete(others)
        for code in _adopted(keep, "isrc", codes):
            _remember(keep, AliasKind.ISRC, code, code, actor)
    return keep


def _locked(keep: Row, others: Sequence[Row]) -> tuple[Row, list[Row]]:
    """Return `keep` and `others` as they are now, locked in the order of their ids, to avoid deadlocks."""
    ids = {keep.pk, *(other.pk for other in others)}
    model: Any = type(keep)
    rows = {row.pk: row for row in model.everything.select_for_update().filter(pk__in=ids).order_by("pk")}
    if rows.keys() != ids:
        raise Gone("One of them was deleted meanwhile.")
    if len({row.organisation_id for row in rows.values()}) > 1:
        raise NotOneOrganisation("Only what belongs to one organisation can be merged.")
    return rows[keep.pk], [row for id, row in rows.items() if id != keep.pk]


def _move(
    rows: models.QuerySet[Any], field: str, keep: Row, others: Iterable[Row], *, same: Sequence[str] = ()
) -> None:
    """Let `rows` refer to `keep`. A row that `keep` has already, with equal `same` fields, is left to be deleted."""
    for other in others:
        mine = rows.filter(**{field: keep})
        twins = models.Exists(mine.filter(**{name: models.OuterRef(name) for name in same}))
        moving = rows.filter(**{field: other})
        (moving.exclude(twins) if same else moving).update(**{field: keep})


def _delete(others: Sequence[Stamped]) -> None:
    for other in others:
        if isinstance(other, Artist):
            # The credits left are those that `keep` has as well; their key to the artist is PROTECT.
            TrackArtist.objects.filter(artist=other).delete()
            ReleaseArtist.objects.filter(artist=other).delete()
        other.delete()


def _adopted(keep: Row, field: str, codes: list[str]) -> list[str]:
    """Give `keep` the first of `codes` if it has none; returns the others."""
    if codes and not getattr(keep, field):
        setattr(keep, field, codes[0])
        keep.save(update_fields=[field, "updated_at"])
        return codes[1:]
    return codes


def _remember(keep: Track | Release, kind: AliasKind, key: str, text: str, actor: str) -> None:
    is_track = isinstance(keep, Track)
    target = {"track": keep if is_track else None, "release": None if is_track else keep}
    Alias.everything.update_or_create(
        organisation_id=keep.organisation_id,
        kind=kind,
        key=key,
        defaults={"text": text, "created_by": actor, **target},
    )
