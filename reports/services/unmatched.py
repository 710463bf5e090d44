"""Unmatched sales of a report, in groups of sale lines that one alias would match, and the aliases made from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import Organisation
from catalogue.models import Alias, Release, Track
from catalogue.services.aliases import AliasGiven, Outcome, create_aliases
from catalogue.services.search import search_releases, search_tracks
from oas.kernel.documents import ROWS_PER_DOCUMENT, Document, documents, report_rows_id
from reports.choices import Kind, Status
from reports.errors import NotReady
from reports.models import Report


@dataclass(frozen=True)
class Groups:
    """The groups of an UNMATCHED report, largest revenue first. MongoDB has the first `kept` of them."""

    report: Report
    kept: int

    def __len__(self) -> int:
        return self.kept

    def __getitem__(self, positions: slice) -> list[Document]:
        return self.at(range(self.kept)[positions])

    def at(self, positions: Iterable[int]) -> list[Document]:
        """Return the groups at `positions` (from 0), in order and each once, with their position as `n`.

        Positions out of range are left out. Reads one document for each 1,000 positions. Raises DocumentsError.
        """
        wanted = sorted({position for position in positions if 0 <= position < self.kept})
        chunks = {n: self._chunk(n) for n in sorted({position // ROWS_PER_DOCUMENT for position in wanted})}
        found = ((position, chunks[position // ROWS_PER_DOCUMENT], position % ROWS_PER_DOCUMENT) for position in wanted)
        return [{**rows[n], "n": position} for position, rows, n in found if n < len(rows)]

    def _chunk(self, n: int) -> list[Document]:
        # Its id has no organisation in it, so a document of another one is refused here.
        document = documents().get("report_rows", report_rows_id(str(self.report.uuid), n))
        if document is None or document["organisation"] != self.report.organisation_id:
            return []
        rows: list[Document] = document["rows"]
        return rows


def groups_of(report: Report) -> Groups:
    """Return the groups of `report`; a MONTHLY report has none. Raises `NotReady`, DocumentsError."""
    if report.status != Status.READY:
        raise NotReady(f"The report is {report.status}.", status=report.status)
    header = documents().get("report_snapshots", str(report.uuid)) if report.kind == Kind.UNMATCHED else None
    return Groups(report, int(header["groups_kept"]) if header else 0)


def latest_unmatched(organisation: Organisation | int) -> Report | None:
    """Return the newest UNMATCHED report of `organisation` that is READY."""
    reports = Report.objects.of(organisation).filter(kind=Kind.UNMATCHED, status=Status.READY)
    return reports.order_by("-id").first()


def with_aliases(organisation: Organisation | int, groups: list[Document]) -> list[Document]:
    """Return `groups`, each with `alias`: the one that matches it by now, or None. Makes one query."""
    keys = {group["key"] for group in groups if group.get("kind")}
    aliases = Alias.objects.of(organisation).filter(key__in=keys).select_related("track", "release")
    known = {(alias.kind, alias.key): alias for alias in aliases}
    return [{**group, "alias": known.get((group.get("kind", ""), group["key"]))} for group in groups]


def accept(*, report: Report, positions: Sequence[int], actor: str) -> list[tuple[Document, Outcome | None]]:
    """Make an alias of the suggestion of each group at `positions`. Idempotent.

    Returns each group with its outcome, None for a group that has no suggestion or takes no alias. Raises `NotReady`.
    """
    groups = groups_of(report).at(positions)
    return _make_aliases(report, [(group, _suggested(group)) for group in groups], actor)


def assign(
    *, report: Report, position: int, track: int | None = None, release: int | None = None, actor: str
) -> list[tuple[Document, Outcome | None]]:
    """Make an alias from the group at `position` to the track or release with this id.

    Returns the group with its outcome, nothing when there is no such group. Raises `NotReady`.
    """
    groups = groups_of(report).at([position])
    return _make_aliases(report, [(group, (track, release)) for group in groups], actor)


Target = tuple[int | None, int | None]


def _suggested(group: Document) -> Target | None:
    track, release = group.get("track_id"), group.get("release_id")
    return None if track is None and release is None else (track, release)


def _make_aliases(
    report: Report, wanted: list[tuple[Document, Target | None]], actor: str
) -> list[tuple[Document, Outcome | None]]:
    given = [alias_of(group, *target) for group, target in wanted if target and group.get("kind")]
    outcomes = iter(create_aliases(organisation=report.organisation, given=given, actor=actor) if given else [])
    return [(group, next(outcomes) if target and group.get("kind") else None) for group, target in wanted]


def alias_of(group: Document, track: int | None, release: int | None) -> AliasGiven:
    """Return the alias that matches `group` with the track or release of this id."""
    given = AliasGiven(kind=group["kind"], value=group["key"])
    if group["kind"] == "artist_title":
        given = AliasGiven(kind="artist_title", artist=group["artist"], title=group["title"])
    if track is not None:
        given["track"] = track
    else:
        given["release"] = release
    return given


def candidates(organisation: Organisation | int, text: str, *, most: int = 20) -> list[Track | Release]:
    """Return at most `most` tracks, then `most` releases, that have each word of `text` in title, artist or code."""
    if not text.split():
        return []
    tracks = search_tracks(Track.objects.of(organisation).prefetch_related("credits__artist"), text)
    releases = search_releases(Release.objects.of(organisation).prefetch_related("credits__artist"), text)
    found: list[Track | Release] = list(tracks.order_by("title", "pk")[:most])
    return found + list(releases.order_by("title", "pk")[:most])
