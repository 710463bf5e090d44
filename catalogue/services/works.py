"""Services that make, change and delete artists, releases and tracks: one transaction, one counted change each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from accounts.models import Organisation
from catalogue.errors import InUse
from catalogue.models import Artist, Release, ReleaseArtist, Stamped, Track, TrackArtist
from catalogue.services.changes import changing
from catalogue.services.credits import ArtistGiven, ReleaseGiven, credit_release, credit_track, place_track
from oas.api.refusals import BadValue


def create_artist(*, organisation: Organisation, **fields: Any) -> Artist:
    """Create an artist. Raises `BadValue`, also for a name in use."""
    return change_artist(artist=Artist(organisation=organisation), **fields)


def change_artist(*, artist: Artist, **fields: Any) -> Artist:
    """Set `fields` of an artist, new or known. Raises `BadValue`, also for a name in use."""
    with changing(artist.organisation_id):
        _save(artist, fields)
    return artist


def delete_artist(*, artist: Artist) -> None:
    """Delete an artist. Raises `InUse` while it has credits."""
    try:
        _delete(artist)
    except ProtectedError as error:
        tracks = TrackArtist.objects.filter(artist=artist).count()
        releases = ReleaseArtist.objects.filter(artist=artist).count()
        text = f"{artist} is credited on {tracks} tracks and {releases} releases: change those, or merge the artist."
        raise InUse(text, tracks=tracks, releases=releases) from error


def create_release(*, organisation: Organisation, artists: Sequence[ArtistGiven] = (), **fields: Any) -> Release:
    """Create a release. Raises `BadValue`, also for a UPC in use."""
    return change_release(release=Release(organisation=organisation), artists=artists, **fields)


def change_release(*, release: Release, artists: Sequence[ArtistGiven] | None = None, **fields: Any) -> Release:
    """Set `fields` of a release; `artists` replace its credits, None leaves them. Raises `BadValue`."""
    with changing(release.organisation_id):
        _save(release, fields)
        if artists is not None:
            credit_release(release, artists)
    return release


def delete_release(*, release: Release) -> None:
    """Delete a release with its aliases and the places of tracks on it. The tracks stay."""
    _delete(release)


def create_track(
    *,
    organisation: Organisation,
    artists: Sequence[ArtistGiven] = (),
    releases: Sequence[ReleaseGiven] = (),
    **fields: Any,
) -> Track:
    """Create a track. Raises `BadValue`, also for an ISRC in use."""
    return change_track(track=Track(organisation=organisation), artists=artists, releases=releases, **fields)


def change_track(
    *,
    track: Track,
    artists: Sequence[ArtistGiven] | None = None,
    releases: Sequence[ReleaseGiven] | None = None,
    **fields: Any,
) -> Track:
    """Set `fields` of a track; `artists` and `releases` replace those it has, None leaves them. Raises `BadValue`."""
    with changing(track.organisation_id):
        _save(track, fields)
        if artists is not None:
            credit_track(track, artists)
        if releases is not None:
            place_track(track, releases)
    return track


def delete_track(*, track: Track) -> None:
    """Delete a track with its credits, its places on releases and its aliases."""
    _delete(track)


def _save(row: Stamped, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise _bad_value(error) from None
    row.save()


def _delete(row: Stamped) -> None:
    with changing(row.organisation_id):
        # Locked before Django collects what refers to it: an alias or credit made at this moment is seen, or waits.
        list(type(row).everything.select_for_update().filter(pk=row.pk))
        row.delete()


def _bad_value(error: ValidationError) -> BadValue:
    attr, problems = next(iter(error.error_dict.items()))
    first = problems[0]
    return BadValue(" ".join(first.messages), attr=attr.removeprefix("normal_"), code=first.code or "invalid")
