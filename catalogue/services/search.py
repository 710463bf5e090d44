"""Search for works by words: every word must be in title or version, the code or number, or the name of an artist.

Artists are found first and their works by id. Joining credits to every row of a large catalogue takes seconds, and a
join for each word multiplies the rows: seven words and six credits made 280,000 rows of each track.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from django.db.models import Q, QuerySet

from catalogue.models import Release, ReleaseArtist, Track, TrackArtist
from oas.words import words_of


def search_tracks(rows: QuerySet[Track], text: str) -> QuerySet[Track]:
    return _search(rows, text, _in_track)


def search_releases(rows: QuerySet[Release], text: str) -> QuerySet[Release]:
    return _search(rows, text, _in_release)


def _search(rows: QuerySet[Any], text: str, holds: Callable[[str], Q]) -> QuerySet[Any]:
    return reduce(lambda found, word: found.filter(holds(word)), words_of(text), rows)


def _in_track(word: str) -> Q:
    by_artist = _by_artist(TrackArtist, word).values("track")
    return _in_title(word) | Q(isrc__contains=word.upper()) | Q(pk__in=by_artist)


def _in_release(word: str) -> Q:
    codes = Q(upc__contains=word) | Q(catalogue_number__icontains=word)
    return _in_title(word) | codes | Q(pk__in=_by_artist(ReleaseArtist, word).values("release"))


def _in_title(word: str) -> Q:
    return Q(title__icontains=word) | Q(version__icontains=word)


def _by_artist(credits: type[TrackArtist] | type[ReleaseArtist], word: str) -> QuerySet[Any, Any]:
    manager: Any = credits._default_manager
    found: QuerySet[Any, Any] = manager.filter(artist__normal_name__contains=word.lower())
    return found
