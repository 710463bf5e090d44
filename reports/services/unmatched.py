"""What a report found that is not in the catalogue: groups of lines that one alias each would settle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Organisation
from catalogue.models import Alias, Release, Track
from catalogue.services.aliases import AliasGiven, Outcome, create_aliases
from oas.kernel.documents import ROWS_PER_DOCUMENT, Document, documents, report_rows_id
from reports.choices import Kind, Status
from reports.errors import NotReady
from reports.models import Report


@dataclass(frozen=True)
class Groups:
    """The groups of an UNMATCHED report, what earned most first. Of very many only the first are kept."""

    report: Report
    kept: int

    def __len__(self) -> int:
        return self.kept

    def __getitem__(self, places: slice) -> list[Document]:
        return self.of(range(self.kept)[places])

    def of(self, places: Iterable[int]) -> list[Document]:
        """Each with `n`, its place in the list; what is out of range is left out. Reads a document per 1,000."""
        wanted = sorted({place for place in places if 0 <= place < self.kept})
        chunks = {n: self._chunk(n) for n in sorted({place // ROWS_PER_DOCUMENT for place in wanted})}
        found = ((place, chunks[place // ROWS_PER_DOCUMENT], place % ROWS_PER_DOCUMENT) for place in wanted)
        return [{**rows[n], "n": place} for place, rows, n in found if n < len(rows)]

    def _chunk(self, n: int) -> list[Document]:
        document = documents().get("report_rows", report_rows_id(str(self.report.uuid), n))
        if document is None or document["organisation"] != self.report.organisation_id:
            return []
        rows: list[Document] = document["rows"]
        return rows


def groups_of(report: Report) -> Groups:
    """Raises `NotReady`; a MONTHLY report has none."""
    if report.status != Status.READY:
        raise NotReady(f"The report is {report.status}.", status=report.status)
    header = documents().get("report_snapshots", str(report.uuid)) if report.kind == Kind.UNMATCHED else None
    return Groups(report, int(header["groups_kept"]) if header else 0)


def latest_unmatched(organisation: Organisation | int) -> Report | None:
    reports = Report.objects.of(organisation).filter(kind=Kind.UNMATCHED, status=Status.READY)
    return reports.order_by("-id").first()


def with_aliases(organisation: Organisation | int, groups: list[Document]) -> list[Document]:
    """Each with `alias`: the one that has been made since and settles it, or None. One query."""
    keys = {group["key"] for group in groups if group.get("kind")}
    aliases = Alias.objects.of(organisation).filter(key__in=keys).select_related("track", "release")
    known = {(alias.kind, alias.key): alias for alias in aliases}
    return [{**group, "alias": known.get((group.get("kind", ""), group["key"]))} for group in groups]


def accept(*, report: Report, places: Sequence[int], actor: str) -> list[tuple[Document, Outcome | None]]:
    """Make the suggestions at `places` aliases; None for a group without a suggestion, or that takes no alias."""
    groups = groups_of(report).of(places)
    return _settle(report, [(group, _suggested(group)) for group in groups], actor)


def settle(
    *, report: Report, place: int, track: int | None = None, release: int | None = None, actor: str
) -> list[tuple[Document, Outcome | None]]:
    """Say what the group at `place` is. Empty when there is no such group."""
    groups = groups_of(report).of([place])
    return _settle(report, [(group, (track, release)) for group in groups], actor)


Target = tuple[int | None, int | None]


def _suggested(group: Document) -> Target | None:
    track, release = group.get("track_id"), group.get("release_id")
    return None if track is None and release is None else (track, release)


def _settle(
    report: Report, wanted: list[tuple[Document, Target | None]], actor: str
) -> list[tuple[Document, Outcome | None]]:
    given = [alias_of(group, *target) for group, target in wanted if target and group.get("kind")]
    outcomes = iter(create_aliases(organisation=report.organisation, given=given, actor=actor) if given else [])
    return [(group, next(outcomes) if target and group.get("kind") else None) for group, target in wanted]


def alias_of(group: Document, track: int | None, release: int | None) -> AliasGiven:
    """The alias that settles the group."""
    given = AliasGiven(kind=group["kind"], value=group["key"])
    if group["kind"] == "artist_title":
        given = AliasGiven(kind="artist_title", artist=group["artist"], title=group["title"])
    if track is not None:
        given["track"] = track
    else:
        given["release"] = release
    return given


def candidates(organisation: Organisation | int, text: str, *, most: int = 20) -> list[Track | Release]:
    """Tracks and releases whose title, artist or code has `text` in it."""
    words = text.split()
    tracks = Track.objects.of(organisation).prefetch_related("credits__artist")
    releases = Release.objects.of(organisation).prefetch_related("credits__artist")
    for word in words:
        tracks = tracks.filter(_has(word, "isrc"))
        releases = releases.filter(_has(word, "upc"))
    if not words:
        return []
    found: list[Track | Release] = list(tracks.order_by("title", "pk").distinct()[:most])
    return found + list(releases.order_by("title", "pk").distinct()[:most])


def _has(word: str, code: str) -> Q:
    by_artist = Q(credits__artist__name__icontains=word)
    return Q(title__icontains=word) | Q(version__icontains=word) | Q(**{f"{code}__icontains": word}) | by_artist
