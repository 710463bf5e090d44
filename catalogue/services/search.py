"""Search for works by words: every word must be in the title, the code or number, or the name of an artist.

Artists are found first and their works by id: joining credits to every row of a large catalogue takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, Final

from django.db.models import Q, QuerySet

from catalogue.models import Release, ReleaseArtist, Track, TrackArtist

MOST_WORDS: Final = 10


def search_tracks(rows: QuerySet[Track], text: str) -> QuerySet[Track]:
    return _search(rows, text, _in_track)


def search_releases(rows: QuerySet[Release], text: str) -> QuerySet[Release]:
    return _search(rows, text, _in_release)


def _search(rows: QuerySet[Any], text: str, holds: Callable[[str], Q]) -> QuerySet[Any]:
    words = text.replace("\0", "").split()[:MOST_WORDS]
    return reduce(lambda found, word: found.filter(holds(word)), words, rows)


def _in_track(word: str) -> Q:
    by_artist = _by_artist(TrackArtist, word).values("track")
    return Q(title__icontains=word) | Q(isrc__contains=word.upper()) | Q(pk__in=by_artist)


def _in_release(word: str) -> Q:
    codes = Q(upc__contains=word) | Q(catalogue_number__icontains=word)
    return Q(title__icontains=word) | codes | Q(pk__in=_by_artist(ReleaseArtist, word).values("release"))


def _by_artist(credits: type[TrackArtist] | type[ReleaseArtist], word: str) -> QuerySet[Any, Any]:
    manager: Any = credits._default_manager
    found: QuerySet[Any, Any] = manager.filter(artist__normal_name__contains=word.lower())
    return found
