"""Application of staged rows to the catalogue, in sets: artists, then releases, then tracks, then places on releases.

Each call applies one range of rows of one step in the caller's transaction, and is idempotent. An empty cell leaves the
value that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from oas.transactions import advisory_lock

RANGE: Final = 100_000  # rows
FEW: Final = 1_000  # rows that are looked up one by one
MEMORY: Final = 64  # MB for each join or sort in PostgreSQL

_GIVEN = """given AS (
    SELECT * FROM catalogue_staged_row
    WHERE import_id = %(import)s AND number > %(after)s AND number <= %(upto)s
)"""
_ARTISTS = f"""
WITH {_GIVEN}
INSERT INTO catalogue_artist (organisation_id, name, normal_name, created_at, updated_at)
SELECT DISTINCT ON (credit.normal_name) %(organisation)s, credit.name, credit.normal_name, now(), now()
FROM given JOIN catalogue_staged_credit credit USING (import_id, number)
WHERE CASE WHEN credit.role = 'release' THEN given.holds_release ELSE given.holds_track END AND NOT EXISTS (
    SELECT FROM catalogue_artist artist
    WHERE artist.organisation_id = %(organisation)s AND artist.normal_name = credit.normal_name)
ORDER BY credit.normal_name, credit.number
ON CONFLICT (organisation_id, normal_name) DO NOTHING
"""
_RELEASES_CHANGED = f"""
WITH {_GIVEN}
UPDATE catalogue_release old SET
    title = coalesce(given.release_title, old.title),
    version = coalesce(given.release_version, old.version),
    catalogue_number = coalesce(given.catalogue_number, old.catalogue_number),
    label = coalesce(given.label, old.label),
    date = coalesce(given.release_date, old.date),
    territories = coalesce(string_to_array(given.territories, ','), old.territories),
    updated_at = now()
FROM given WHERE given.holds_release
    AND old.organisation_id = %(organisation)s AND old.upc = given.upc AND old.upc > ''
    AND (old.title, old.version, old.catalogue_number, old.label, old.date, old.territories::text[])
    IS DISTINCT FROM (
        coalesce(given.release_title, old.title), coalesce(given.release_version, old.version),
        coalesce(given.catalogue_number, old.catalogue_number), coalesce(given.label, old.label),
        coalesce(given.release_date, old.date),
        coalesce(string_to_array(given.territories, ','), old.territories::text[]))
"""
_RELEASES_NEW = f"""
WITH {_GIVEN}
INSERT INTO catalogue_release (organisation_id, upc, title, version, catalogue_number, label, date, territories,
    created_at, updated_at)
SELECT %(organisation)s, upc, release_title, coalesce(release_version, ''), coalesce(catalogue_number, ''),
    coalesce(label, ''), release_date, coalesce(string_to_array(territories, ','), '{{}}'), now(), now()
FROM given WHERE holds_release AND release_title IS NOT NULL AND NOT EXISTS (
    SELECT FROM catalogue_release release
    WHERE release.organisation_id = %(organisation)s AND release.upc = given.upc AND release.upc > '')
ORDER BY number
ON CONFLICT (organisation_id, upc) WHERE upc > '' DO NOTHING
"""
_RELEASE_ARTISTS = f"""
WITH {_GIVEN}, wanted AS (
    SELECT release.id AS release_id, artist.id AS artist_id, credit.place AS position
    FROM given JOIN catalogue_staged_credit credit USING (import_id, number)
    JOIN catalogue_release release
        ON release.organisation_id = %(organisation)s AND release.upc = given.upc AND release.upc > ''
    JOIN catalogue_artist artist
        ON artist.organisation_id = %(organisation)s AND artist.normal_name = credit.normal_name
    WHERE given.holds_release AND credit.role = 'release'
), gone AS (
    DELETE FROM catalogue_releaseartist old USING (SELECT DISTINCT release_id FROM wanted) touched
    WHERE old.release_id = touched.release_id AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.release_id = old.release_id AND wanted.artist_id = old.artist_id)
    RETURNING 1
), stored AS (
    INSERT INTO catalogue_releaseartist AS old (release_id, artist_id, position)
    SELECT release_id, artist_id, position FROM wanted WHERE NOT EXISTS (
        SELECT FROM catalogue_releaseartist same WHERE same.release_id = wanted.release_id
            AND same.artist_id = wanted.artist_id AND same.position = wanted.position)
    ORDER BY release_id, position
    ON CONFLICT (release_id, artist_id) DO UPDATE SET position = excluded.position
    RETURNING 1
) SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM stored)
"""
_TRACKS_CHANGED = f"""
WITH {_GIVEN}
UPDATE catalogue_track old SET
    title = coalesce(given.title, old.title),
    version = coalesce(given.version, old.version),
    duration = coalesce(given.duration, old.duration),
    updated_at = now()
FROM given WHERE given.holds_track
    AND old.organisation_id = %(organisation)s AND old.isrc = given.isrc AND old.isrc > ''
    AND (old.title, old.version, old.duration) IS DISTINCT FROM (
        coalesce(given.title, old.title), coalesce(given.version, old.version), coalesce(given.duration, old.duration))
"""
_TRACKS_NEW = f"""
WITH {_GIVEN}
INSERT INTO catalogue_track (organisation_id, isrc, title, version, duration, created_at, updated_at)
SELECT %(organisation)s, isrc, title, coalesce(version, ''), duration, now(), now()
FROM given WHERE holds_track AND title IS NOT NULL AND NOT EXISTS (
    SELECT FROM catalogue_track track
    WHERE track.organisation_id = %(organisation)s AND track.isrc = given.isrc AND track.isrc > '')
ORDER BY number
ON CONFLICT (organisation_id, isrc) WHERE isrc > '' DO NOTHING
"""
_TRACK_ARTISTS = f"""
WITH {_GIVEN}, wanted AS (
    SELECT track.id AS track_id, artist.id AS artist_id, credit.role, credit.place AS position
    FROM given JOIN catalogue_staged_credit credit USING (import_id, number)
    JOIN catalogue_track track
        ON track.organisation_id = %(organisation)s AND track.isrc = given.isrc AND track.isrc > ''
    JOIN catalogue_artist artist
        ON artist.organisation_id = %(organisation)s AND artist.normal_name = credit.normal_name
    WHERE given.holds_track AND credit.role <> 'release'
), gone AS (
    DELETE FROM catalogue_trackartist old USING (SELECT DISTINCT track_id, role FROM wanted) touched
    WHERE old.track_id = touched.track_id AND old.role = touched.role AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.track_id = old.track_id AND wanted.artist_id = old.artist_id
            AND wanted.role = old.role)
    RETURNING 1
), stored AS (
    INSERT INTO catalogue_trackartist AS old (track_id, artist_id, role, position)
    SELECT track_id, artist_id, role, position FROM wanted WHERE NOT EXISTS (
        SELECT FROM catalogue_trackartist same WHERE same.track_id = wanted.track_id
            AND same.artist_id = wanted.artist_id AND same.role = wanted.role AND same.position = wanted.position)
    ORDER BY track_id, role, position
    ON CONFLICT (track_id, artist_id, role) DO UPDATE SET position = excluded.position
    RETURNING 1
) SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM stored)
"""
_PLACED = f"""{_GIVEN}, placed AS (
    SELECT DISTINCT ON (1, 2) coalesce(given.release_id, release.id) AS release_id,
        coalesce(given.track_id, track.id) AS track_id, given.disc, given.position
    FROM given
    LEFT JOIN catalogue_track track
        ON track.organisation_id = %(organisation)s AND track.isrc = given.isrc AND track.isrc > ''
    LEFT JOIN catalogue_release release
        ON release.organisation_id = %(organisation)s AND release.upc = given.upc AND release.upc > ''
    WHERE coalesce(given.track_id, track.id) IS NOT NULL AND coalesce(given.release_id, release.id) IS NOT NULL
    ORDER BY 1, 2, number
)"""
_PLACES_CHANGED = f"""
WITH {_PLACED}
UPDATE catalogue_releasetrack old SET
    disc = coalesce(placed.disc, old.disc), position = coalesce(placed.position, old.position)
FROM placed WHERE old.release_id = placed.release_id AND old.track_id = placed.track_id
    AND (old.disc, old.position) IS DISTINCT FROM (
        coalesce(placed.disc, old.disc), coalesce(placed.position, old.position))
"""
_PLACES_NEW = f"""
WITH {_PLACED}
INSERT INTO catalogue_releasetrack (release_id, track_id, disc, position)
SELECT release_id, track_id, coalesce(disc, 1), position FROM placed WHERE NOT EXISTS (
    SELECT FROM catalogue_releasetrack same WHERE same.release_id = placed.release_id
        AND same.track_id = placed.track_id)
ON CONFLICT (release_id, track_id) DO NOTHING
"""


@dataclass(frozen=True)
class Span:
    """The staged rows `after` < number ≤ `upto` of an import."""

    import_id: int
    organisation_id: int
    after: int
    upto: int

    def run(self, statement: str) -> int:
        """Run `statement` over the range; returns the rows it changed, or the number that a SELECT returns."""
        names = {"import": self.import_id, "organisation": self.organisation_id, "after": self.after, "upto": self.upto}
        with connection.cursor() as cursor:
            cursor.execute(statement, names)
            return int(cursor.fetchone()[0]) if cursor.description else int(cursor.rowcount)


def prepare(organisation_id: int, rows: int) -> None:
    """Prepare the caller's transaction to apply a range of an import that has `rows` rows."""
    # Two imports of one organisation would lock the same rows in different orders: one waits for the other instead.
    advisory_lock("catalogue import", organisation_id)
    join_by_hash(rows)


def join_by_hash(rows: int) -> None:
    """Have PostgreSQL join by hash for the rest of the transaction, when there are more than a `FEW` rows."""
    # Its statistics lack the rows that an import has just added: it would loop over all of them for each row.
    if rows > FEW:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '{MEMORY}MB'")


def artists(span: Span) -> dict[str, int]:
    """Create the artists that the rows credit and the catalogue has not; returns counts by name."""
    return {"artists_created": span.run(_ARTISTS)}


def releases(span: Span) -> dict[str, int]:
    """Change and create the releases of the rows, and replace their credits; returns counts by name."""
    # Known ones come first: of those created here there is nothing to change.
    changed = span.run(_RELEASES_CHANGED)
    created = span.run(_RELEASES_NEW)
    return {"releases_created": created, "releases_updated": changed, "credits_changed": span.run(_RELEASE_ARTISTS)}


def tracks(span: Span) -> dict[str, int]:
    """Change and create the tracks of the rows, and replace their credits; returns counts by name."""
    changed = span.run(_TRACKS_CHANGED)
    created = span.run(_TRACKS_NEW)
    return {"tracks_created": created, "tracks_updated": changed, "credits_changed": span.run(_TRACK_ARTISTS)}


def places(span: Span) -> dict[str, int]:
    """Place tracks on releases, for rows that name both; returns counts by name."""
    return {"places_changed": span.run(_PLACES_CHANGED) + span.run(_PLACES_NEW)}


def analyse(step: int) -> None:
    """Renew the statistics of the tables that `step` wrote, because the next step joins them."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {_TABLES[step]}")


_TABLES: Final = (
    "catalogue_artist",
    "catalogue_release, catalogue_releaseartist",
    "catalogue_track, catalogue_trackartist",
    "catalogue_releasetrack",
)
STEPS: Final[tuple[Callable[[Span], dict[str, int]], ...]] = (artists, releases, tracks, places)
