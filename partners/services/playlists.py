"""Playlists: read by whoever may see them, changed by their owner under the row's lock."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partners.models import Partner, PartnerUser, Playlist

LONGEST_DESCRIPTION: Final = 500  # characters; a longer one is cut
MOST_TRACKS: Final = 10_000

Track = dict[str, str]  # name of a track's field → its text; `id` and `dateAdded` are ours


class NoSuchPlaylist(Exception):
    """The playlist, or the item in it, does not exist for who asks."""


class TooManyTracks(Exception):
    """The playlist would have more than `MOST_TRACKS` tracks."""


@dataclass(frozen=True)
class Details:
    """What a request says of a playlist. None: it does not say it."""

    name: str | None = None
    status: str | None = None
    is_public: bool | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    annotations: dict[str, str] | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the row that are said."""
        said = {
            "name": self.name,
            "status": self.status,
            "is_public": self.is_public,
            "description": None if self.description is None else self.description[:LONGEST_DESCRIPTION],
            "tags": None if self.tags is None else list(self.tags),
            "annotations": self.annotations,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Wanted:
    """Which playlists a list has. `user`: those of one user, private ones too."""

    user: PartnerUser | None = None
    status: str | None = None
    tags: tuple[str, ...] = field(default=())


def new_id() -> str:
    """Return an id of 24 hexadecimal digits, as playlists and their tracks have."""
    return secrets.token_hex(12)


def list_playlists(partner: Partner, wanted: Wanted) -> QuerySet[Playlist]:
    """The playlists of `partner` that `wanted` describes, newest first, without their tracks.

    Without a user: the partner's own, and the public ones of its users.
    """
    rows = Playlist.objects.of(partner).select_related("partner", "user").defer("tracks")
    rows = rows.filter(user=wanted.user) if wanted.user else rows.filter(Q(user=None) | Q(is_public=True))
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    return rows.filter(tags__contains=list(wanted.tags)) if wanted.tags else rows


def find_playlist(partner: Partner, id: str, user: PartnerUser | None) -> Playlist:
    """Return a playlist that `user` (None: the partner itself) may read. Raises `NoSuchPlaylist`."""
    found = Playlist.objects.of(partner).select_related("partner", "user").filter(pk=id).first()
    if found is None or not _may_read(found, user):
        raise NoSuchPlaylist(id)
    return found


def create_playlist(
    *, partner: Partner, user: PartnerUser | None, details: Details, tracks: Sequence[Track]
) -> Playlist:
    """Create a playlist of `user`, or of the partner itself. Raises `TooManyTracks`."""
    now = timezone.now()
    playlist = Playlist(id=new_id(), partner=partner, user=user, updated_at=now, **details.fields())
    _set_tracks(playlist, [_added(track, now) for track in tracks])
    playlist.save(force_insert=True)
    return playlist


def replace_playlist(playlist: Playlist, *, details: Details, tracks: Sequence[Track]) -> Playlist:
    """Replace the whole playlist: what is not said gets its default. Raises `NoSuchPlaylist`, `TooManyTracks`."""
    blank = Playlist(name="")
    names = ("status", "is_public", "description", "tags", "annotations")
    fields = {name: getattr(blank, name) for name in names} | details.fields()
    now = timezone.now()

    def change(row: Playlist) -> None:
        _set_fields(row, fields)
        _set_tracks(row, [_added(track, now) for track in tracks])

    return _changed(playlist, change)


def change_details(playlist: Playlist, *, details: Details) -> Playlist:
    """Change the fields that `details` says. Raises `NoSuchPlaylist`."""
    return _changed(playlist, lambda row: _set_fields(row, details.fields()))


def append_tracks(playlist: Playlist, *, tracks: Sequence[Track]) -> Playlist:
    """Append `tracks` in order. Raises `NoSuchPlaylist`, `TooManyTracks`."""
    now = timezone.now()
    return _changed(playlist, lambda row: _set_tracks(row, [*row.tracks, *(_added(track, now) for track in tracks)]))


def remove_track(playlist: Playlist, *, item: str) -> Playlist:
    """Remove the track with the id `item`. Raises `NoSuchPlaylist`: of several at once one removes it."""

    def change(row: Playlist) -> None:
        _set_tracks(row, row.tracks[: (place := _place_of(row, item))] + row.tracks[place + 1 :])

    return _changed(playlist, change)


def move_track(playlist: Playlist, *, item: str, after: str) -> Playlist:
    """Move the track `item` to after the track `after`, or to the front if that is "0". Raises `NoSuchPlaylist`."""

    def change(row: Playlist) -> None:
        moved = row.tracks[_place_of(row, item)]
        if after == item:
            return
        others = [track for track in row.tracks if track["id"] != item]
        place = 0 if after == "0" else [track["id"] for track in others].index(_known(row, after)) + 1
        _set_tracks(row, [*others[:place], moved, *others[place:]])

    return _changed(playlist, change)


def delete_playlist(playlist: Playlist) -> None:
    """Delete the playlist. Raises `NoSuchPlaylist`: of several at once one deletes it."""
    if not Playlist.objects.of(playlist.partner_id).filter(pk=playlist.pk).delete()[0]:
        raise NoSuchPlaylist(playlist.pk)


def _may_read(playlist: Playlist, user: PartnerUser | None) -> bool:
    """A private playlist of a user is that user's alone; everything else is the partner's to show."""
    return playlist.is_public or playlist.user_id is None or (user is not None and playlist.user_id == user.pk)


def _changed(playlist: Playlist, change: Any) -> Playlist:
    with transaction.atomic():
        # From what is there now: two requests that append at the same time both count.
        rows = Playlist.objects.of(playlist.partner_id).select_related("partner", "user")
        row = rows.select_for_update(of=("self",)).filter(pk=playlist.pk).first()
        if row is None:
            raise NoSuchPlaylist(playlist.pk)
        change(row)
        row.updated_at = timezone.now()
        row.save()
    return row


def _set_fields(row: Playlist, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)


def _set_tracks(row: Playlist, tracks: list[Track]) -> None:
    if len(tracks) > MOST_TRACKS:
        raise TooManyTracks
    row.tracks, row.track_count = tracks, len(tracks)


def _added(track: Track, now: datetime) -> Track:
    return {**track, "id": new_id(), "dateAdded": now.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def _place_of(row: Playlist, item: str) -> int:
    places = [place for place, track in enumerate(row.tracks) if track["id"] == item]
    if not places:
        raise NoSuchPlaylist(item)
    return places[0]


def _known(row: Playlist, item: str) -> str:
    _place_of(row, item)
    return item
