"""Credits of artists and places of tracks on releases, as requests name them: by id, identifier or name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict, TypeVar

from django.db import models

from accounts.models import Organisation
from catalogue.models import Artist, Release, ReleaseArtist, ReleaseTrack, Role, Track, TrackArtist
from oas.api.refusals import BadValue
from oas.kernel.match_keys import normal_name

M = TypeVar("M", Artist, Release)


class ArtistGiven(TypedDict, total=False):
    """An artist by `id`, or by `name` (created when no artist has that name)."""

    id: int
    name: str
    role: str


class ReleaseGiven(TypedDict, total=False):
    """A release by `id`, or by `upc`, or by `title` (created when no release has that title)."""

    id: int
    upc: str
    title: str
    disc: int
    position: int | None


def credit_release(release: Release, given: Sequence[ArtistGiven]) -> None:
    """Replace the artists of `release` by `given`, in that order. Raises `BadValue` for an unknown id."""
    artists = find_artists(release.organisation, given)
    wanted = list(dict.fromkeys(artist.pk for artist in artists))
    ReleaseArtist.objects.filter(release=release).delete()
    ReleaseArtist.objects.bulk_create(
        ReleaseArtist(release=release, artist_id=id, position=place) for place, id in enumerate(wanted, start=1)
    )


def credit_track(track: Track, given: Sequence[ArtistGiven]) -> None:
    """Replace the credits of `track` by `given`, in that order; the role is main where none is named.

    Raises `BadValue` for an unknown id.
    """
    artists = find_artists(track.organisation, given)
    pairs = zip(artists, given, strict=True)
    wanted = list(dict.fromkeys((artist.pk, one.get("role", Role.MAIN)) for artist, one in pairs))
    TrackArtist.objects.filter(track=track).delete()
    TrackArtist.objects.bulk_create(
        TrackArtist(track=track, artist_id=id, role=role, position=place)
        for place, (id, role) in enumerate(wanted, start=1)
    )


def place_track(track: Track, given: Sequence[ReleaseGiven]) -> None:
    """Replace the releases that `track` is on by `given`. Raises `BadValue` for an unknown or ambiguous release."""
    releases = find_releases(track.organisation, given)
    wanted = {release.pk: one for release, one in zip(releases, given, strict=True)}
    ReleaseTrack.objects.filter(track=track).delete()
    ReleaseTrack.objects.bulk_create(
        ReleaseTrack(track=track, release_id=id, disc=one.get("disc", 1), position=one.get("position"))
        for id, one in wanted.items()
    )


# --- finding ---


def find_artists(organisation: Organisation, given: Sequence[ArtistGiven]) -> list[Artist]:
    """Return the artists in the order of `given`, in a constant number of queries. Raises `BadValue`."""
    known = _by_id(Artist.objects.of(organisation), (one["id"] for one in given if "id" in one), attr="artists")
    named = _named_artists(organisation, [one["name"] for one in given if "id" not in one])
    return [known[one["id"]] if "id" in one else named[normal_name(one["name"]) or ""] for one in given]


def _named_artists(organisation: Organisation, names: Sequence[str]) -> dict[str, Artist]:
    """Return artists by normal name; missing ones are created, perhaps by another process at the same time."""
    new = {normal_name(name) or "": " ".join(name.split()) for name in reversed(names)}
    if not new:
        return {}
    found = _artists_by_name(organisation, new)
    missing = sorted(new.keys() - found.keys())
    if missing:
        # Sorted above: two requests that create the same artists lock them in one order, to avoid deadlocks.
        rows = [Artist(organisation=organisation, name=new[key], normal_name=key) for key in missing]
        Artist.everything.bulk_create(rows, ignore_conflicts=True)
        found |= _artists_by_name(organisation, missing)
    return found


def _artists_by_name(organisation: Organisation, names: Iterable[str]) -> dict[str, Artist]:
    rows = Artist.objects.of(organisation).select_for_update(no_key=True)
    artists = rows.filter(normal_name__in=list(names)).order_by("pk")
    return {artist.normal_name: artist for artist in artists}


def find_releases(organisation: Organisation, given: Sequence[ReleaseGiven]) -> list[Release]:
    """Return the releases in the order of `given`. Raises `BadValue`."""
    known = _by_id(Release.objects.of(organisation), (one["id"] for one in given if "id" in one), attr="releases")
    by_upc = _releases_by_upc(organisation, [one["upc"] for one in given if "id" not in one and "upc" in one])
    return [_release(organisation, one, known, by_upc) for one in given]


def _release(
    organisation: Organisation, one: ReleaseGiven, known: dict[int, Release], by_upc: dict[str, Release]
) -> Release:
    if "id" in one:
        return known[one["id"]]
    return by_upc[one["upc"]] if "upc" in one else _titled_release(organisation, one["title"])


def _releases_by_upc(organisation: Organisation, upcs: list[str]) -> dict[str, Release]:
    found = {release.upc: release for release in Release.objects.of(organisation).filter(upc__in=upcs)}
    _refuse_missing((upc for upc in upcs if upc not in found), attr="releases", what="release with the UPC")
    return found


def _titled_release(organisation: Organisation, title: str) -> Release:
    """Return the release of that title, created when there is none. Raises `BadValue` when there are several."""
    found = list(Release.objects.of(organisation).filter(title=title)[:2])
    if len(found) > 1:
        text = f"There are several releases called {title}: name one by its id or UPC."
        raise BadValue(text, attr="releases", code="ambiguous")
    return found[0] if found else Release.everything.create(organisation=organisation, title=title)


def _by_id(rows: models.QuerySet[M], ids: Iterable[int], *, attr: str) -> dict[int, M]:
    """Return rows by id, locked until the transaction ends, so that none is deleted under its credit."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    locked = rows.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in locked}
    _refuse_missing((id for id in wanted if id not in found), attr=attr, what=attr.removesuffix("s"))
    return found


def _refuse_missing(missing: Iterable[object], *, attr: str, what: str) -> None:
    first = next(iter(missing), None)
    if first is not None:
        raise BadValue(f"There is no {what} {first}.", attr=attr, code="does_not_exist")
