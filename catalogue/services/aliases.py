"""Aliases: identifiers, or artist and title, that sales files use for a track or a release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from django.db import models

from accounts.models import Organisation
from catalogue.errors import Gone, saving
from catalogue.models import KEY_LENGTH, Alias, AliasKind, Release, Track
from catalogue.services.changes import changing, note_change
from oas.api.refusals import BadValue, Refused
from oas.kernel.match_keys import artist_title_key_of, normal_isrc, normal_upc

M = TypeVar("M", Track, Release)


class AliasGiven(TypedDict, total=False):
    """An alias as a request names it: `value` for kind isrc or upc, `artist` and `title` for artist_title.

    `track` or `release` is the id of its target.
    """

    kind: str
    value: str
    artist: str
    title: str
    track: int | None
    release: int | None


@dataclass(frozen=True)
class Outcome:
    """The result for one of several requested aliases: the alias, or why it was refused."""

    alias: Alias | None = None
    refused: Refused | None = None


def create_alias(*, organisation: Organisation, given: AliasGiven, actor: str = "") -> Alias:
    """Create one alias. Idempotent. Raises `BadValue` when its key has another target, or its target does not exist."""
    outcome = create_aliases(organisation=organisation, given=[given], actor=actor)[0]
    if outcome.alias is None:
        raise outcome.refused or RuntimeError("an alias is made or refused")
    return outcome.alias


def create_aliases(*, organisation: Organisation, given: Sequence[AliasGiven], actor: str = "") -> list[Outcome]:
    """Create aliases in one transaction, in a constant number of queries.

    Returns one outcome for each of `given`, in order; one that is refused does not stop the others.
    """
    with saving():
        targets = _targets(organisation, given)
        drafts = [_draft(organisation, one, targets, actor) for one in given]
        wanted = [draft for draft in drafts if isinstance(draft, Alias)]
        known = _stored(organisation, wanted)
        new = [draft for draft in wanted if (draft.kind, draft.key) not in known]
        if new:
            # Of two with one key the first wins; so does one that another process made after `_stored` looked.
            Alias.everything.bulk_create(new, ignore_conflicts=True)
            known = _stored(organisation, wanted)
            note_change(organisation.pk)
    return [_outcome(draft, known) for draft in drafts]


def delete_alias(*, alias: Alias) -> None:
    with changing(alias.organisation_id):
        alias.delete()


def key_of(given: AliasGiven) -> tuple[str, str]:
    """Return the normal form of an alias and its text as written. Raises `BadValue`."""
    kind = AliasKind(given["kind"])
    if kind is AliasKind.ARTIST_TITLE:
        artist, title = given.get("artist", "").strip(), given.get("title", "").strip()
        key, text, attr = artist_title_key_of(artist, title), f"{artist} - {title}", "title"
    else:
        text, attr = given.get("value", "").strip(), "value"
        key = normal_isrc(text) if kind is AliasKind.ISRC else normal_upc(text)
    if key is None:
        raise BadValue(_EXPECTED[kind], attr=attr, code="invalid")
    if max(len(key), len(text)) > KEY_LENGTH:
        raise BadValue(f"No more than {KEY_LENGTH} characters.", attr=attr, code="max_length")
    return key, text


_EXPECTED = {
    AliasKind.ISRC: "An ISRC: two letters, three letters or digits, seven digits.",
    AliasKind.UPC: "A UPC or EAN: 8 to 14 digits (the check digit may be wrong, as it is in the sales file).",
    AliasKind.ARTIST_TITLE: "Artist and title, both with something to read in them.",
}


def _draft(organisation: Organisation, given: AliasGiven, targets: Targets, actor: str) -> Alias | Refused:
    try:
        key, text = key_of(given)
        target = _target(given, targets)
    except Refused as refused:
        return refused
    return Alias(organisation=organisation, kind=given["kind"], key=key, text=text, created_by=actor, **target)


def _outcome(draft: Alias | Refused, stored: dict[tuple[str, str], Alias]) -> Outcome:
    if isinstance(draft, Refused):
        return Outcome(refused=draft)
    alias = stored.get((draft.kind, draft.key))
    if alias is None:
        return Outcome(refused=Gone("It was deleted by somebody else at this moment."))
    if (alias.track_id, alias.release_id) == (draft.track_id, draft.release_id):
        return Outcome(alias=alias)
    attr = "title" if draft.kind == AliasKind.ARTIST_TITLE else "value"
    text = f"{alias.text} is an alias of {alias.track or alias.release} already: delete that one first."
    return Outcome(refused=BadValue(text, attr=attr, code="unique"))


def _stored(organisation: Organisation, wanted: Sequence[Alias]) -> dict[tuple[str, str], Alias]:
    """Return the aliases of the organisation that have the keys of `wanted`, by kind and key."""
    rows = Alias.objects.of(organisation).filter(key__in={alias.key for alias in wanted})
    return {(alias.kind, alias.key): alias for alias in rows.select_related("track", "release")}


# --- targets ---


@dataclass(frozen=True)
class Targets:
    tracks: dict[int, Track]
    releases: dict[int, Release]


def _targets(organisation: Organisation, given: Sequence[AliasGiven]) -> Targets:
    """Return the targets that exist, locked until the transaction ends, so that none is deleted under its alias."""
    tracks = Track.objects.of(organisation).filter(pk__in={one.get("track") or 0 for one in given})
    releases = Release.objects.of(organisation).filter(pk__in={one.get("release") or 0 for one in given})
    return Targets(_locked(tracks), _locked(releases))


def _locked(rows: models.QuerySet[M]) -> dict[int, M]:
    return {row.pk: row for row in rows.select_for_update(no_key=True).order_by("pk")}


def _target(given: AliasGiven, targets: Targets) -> dict[str, Track | Release | None]:
    track, release = given.get("track"), given.get("release")
    if (track is None) == (release is None):
        raise BadValue("Name either a track or a release.", attr="track", code="one_target")
    found = {"track": targets.tracks.get(track or 0), "release": targets.releases.get(release or 0)}
    if not any(found.values()):
        attr = "release" if track is None else "track"
        raise BadValue(f"There is no {attr} {track or release}.", attr=attr, code="does_not_exist")
    return found
