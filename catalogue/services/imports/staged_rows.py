"""Staged rows: checked rows go into PostgreSQL by COPY, and are checked together and against the catalogue in SQL.

A row names a track by its ISRC, a release by its UPC, or both (then the track is on the release). Of several rows with
one ISRC, the first that has a title `holds` the values of the track; likewise for the release. A code that is an alias
leads to its target, and changes nothing there.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

import polars as pl
from django.db import connection
from django.db.models import QuerySet

from catalogue.models import CatalogueImport, ImportProblem
from catalogue.services.imports.check_rows import CREDITS, PROBLEMS, ROWS, Checked
from catalogue.services.imports.read_rows import NUMBER

MOST_PROBLEMS: Final = 100_000  # stored of one import; all are counted
_NULL: Final = "\\N"
_STAGED: Final = ("catalogue_staged_row", "catalogue_staged_credit")
_IMPORTS: Final = CatalogueImport._meta.db_table

_BEGIN = """
DROP TABLE IF EXISTS incoming;
CREATE TEMPORARY TABLE incoming (
    number integer, isrc text, title text, version text, duration integer, upc text, release_title text,
    release_version text, catalogue_number text, label text, release_date date, territories text, disc integer,
    position integer, track_id bigint, release_id bigint
) ON COMMIT DROP;
DELETE FROM catalogue_staged_row WHERE import_id = %(import)s;
DELETE FROM catalogue_staged_credit WHERE import_id = %(import)s;
DELETE FROM catalogue_importproblem WHERE catalogue_import_id = %(import)s;
"""
_DUPLICATES = """
WITH ranked AS (
    SELECT number, row_number() OVER (PARTITION BY isrc, upc ORDER BY number) AS place FROM incoming
), gone AS (
    DELETE FROM incoming USING ranked WHERE incoming.number = ranked.number AND ranked.place > 1
    RETURNING incoming.number, isrc, upc
) SELECT number, CASE WHEN isrc IS NULL THEN 'upc' ELSE 'isrc' END, 'duplicate', coalesce(isrc, upc) FROM gone
"""
_ALIASED_TRACKS = """
UPDATE incoming SET track_id = alias.track_id FROM catalogue_alias alias
WHERE alias.organisation_id = %(organisation)s AND alias.kind = 'isrc' AND alias.key = incoming.isrc
    AND alias.track_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM catalogue_track WHERE organisation_id = %(organisation)s AND isrc = incoming.isrc)
"""
_ALIASED_RELEASES = """
UPDATE incoming SET release_id = alias.release_id FROM catalogue_alias alias
WHERE alias.organisation_id = %(organisation)s AND alias.kind = 'upc' AND alias.key = lpad(incoming.upc, 14, '0')
    AND alias.release_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM catalogue_release WHERE organisation_id = %(organisation)s AND upc = incoming.upc)
"""
_CONFLICTS = """
WITH first AS (
    SELECT number, first_value({title}) OVER same AS title, first_value({version}) OVER same AS version
    FROM incoming WHERE {code} IS NOT NULL
    WINDOW same AS (PARTITION BY {code} ORDER BY {title} IS NULL, number)
), gone AS (
    DELETE FROM incoming USING first WHERE incoming.number = first.number
        AND (lower(incoming.{title}) <> lower(first.title)
            OR incoming.{title} IS NOT NULL AND lower(incoming.{version}) <> lower(first.version))
    RETURNING incoming.number, incoming.{title} AS value
) SELECT number, '{title}', 'conflict', coalesce(value, '') FROM gone
"""
_REQUIRED = """
WITH untitled AS (
    SELECT {code} FROM incoming WHERE {code} IS NOT NULL AND {target}_id IS NULL GROUP BY {code}
    HAVING count({title}) = 0
), gone AS (
    DELETE FROM incoming USING untitled WHERE incoming.{code} = untitled.{code} AND NOT EXISTS (
        SELECT FROM catalogue_{target} WHERE organisation_id = %(organisation)s AND {code} = untitled.{code})
    RETURNING number, incoming.{code} AS value
) SELECT number, '{title}', 'required', value FROM gone
"""
_TRACK: Final = {"code": "isrc", "target": "track", "title": "title", "version": "version"}
_RELEASE: Final = {"code": "upc", "target": "release", "title": "release_title", "version": "release_version"}
_STAGE = """
INSERT INTO catalogue_staged_row (import_id, number, isrc, title, version, duration, upc, release_title,
    release_version, catalogue_number, label, release_date, territories, disc, position, track_id, release_id,
    holds_track, holds_release)
SELECT %(import)s, number, isrc, title, version, duration, upc, release_title,
    release_version, catalogue_number, label, release_date, territories, disc, position, track_id, release_id,
    isrc IS NOT NULL AND track_id IS NULL
        AND row_number() OVER (PARTITION BY isrc ORDER BY title IS NULL, number) = 1,
    upc IS NOT NULL AND release_id IS NULL
        AND row_number() OVER (PARTITION BY upc ORDER BY release_title IS NULL, number) = 1
FROM incoming
"""
_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE holds_track), count(*) FILTER (WHERE holds_track AND track.id IS NULL),
    count(*) FILTER (WHERE holds_release), count(*) FILTER (WHERE holds_release AND release.id IS NULL)
FROM catalogue_staged_row staged
LEFT JOIN catalogue_track track
    ON holds_track AND track.organisation_id = %(organisation)s AND track.isrc = staged.isrc AND track.isrc > ''
LEFT JOIN catalogue_release release
    ON holds_release AND release.organisation_id = %(organisation)s AND release.upc = staged.upc AND release.upc > ''
WHERE import_id = %(import)s
"""


class Staging:
    """The rows of one import on their way into the staging tables, in one transaction: `begin`, `add` …, `finish`.

    `total_rows` and `bad_rows` count as batches are added.
    """

    def __init__(self, import_id: int, organisation_id: int) -> None:
        self.names = {"import": import_id, "organisation": organisation_id}
        self.total_rows = 0
        self.bad_rows = 0
        self.stored_problems = 0

    def begin(self) -> None:
        """Remove what an earlier attempt has staged."""
        for statement in filter(str.strip, _BEGIN.split(";")):
            self._run(statement)

    def add(self, checked: Checked) -> None:
        """Stage the rows and credits of a batch, and store its problems."""
        self.total_rows += checked.total
        _copy("incoming", ROWS, checked.rows)
        credits = checked.credits.with_columns(import_id=pl.lit(self.names["import"]))
        _copy("catalogue_staged_credit", (*CREDITS, "import_id"), credits)
        self._note(checked.problems)

    def finish(self) -> dict[str, int]:
        """Check all rows together and stage the sound ones; returns counts of new and known works."""
        # A temporary table has no statistics of its own: without them every join here is planned for a few rows.
        self._run("ANALYZE incoming")
        self._remove(_DUPLICATES)
        self._run(_ALIASED_TRACKS)
        self._run(_ALIASED_RELEASES)
        for kind in (_TRACK, _RELEASE):
            self._remove(_CONFLICTS.format(**kind))
        # Until no row is removed: one that was may have had the only title for its other code.
        while sum(self._remove(_REQUIRED.format(**kind)) for kind in (_TRACK, _RELEASE)):
            pass
        self._run(_STAGE)
        self._run("ANALYZE catalogue_staged_row, catalogue_staged_credit")
        return self._counts()

    def _remove(self, statement: str) -> int:
        """Run `statement`, which removes rows and returns their problems; returns how many."""
        with connection.cursor() as cursor:
            cursor.execute(statement, self.names)
            rows = cursor.fetchall()
        self._note(pl.DataFrame(rows, schema=dict(zip(PROBLEMS, _KINDS, strict=True)), orient="row"))
        return len(rows)

    def _note(self, problems: pl.DataFrame) -> None:
        self.bad_rows += problems[NUMBER].n_unique()
        first = problems.head(MOST_PROBLEMS - self.stored_problems)
        self.stored_problems += first.height
        named = first.rename({NUMBER: "row"}).with_columns(catalogue_import_id=pl.lit(self.names["import"]))
        _copy(ImportProblem._meta.db_table, ("row", *PROBLEMS[1:], "catalogue_import_id"), named)

    def _counts(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTS, self.names)
            rows, tracks, new_tracks, releases, new_releases = cursor.fetchone()
        return {
            "rows": rows,
            "tracks_new": new_tracks,
            "tracks_known": tracks - new_tracks,
            "releases_new": new_releases,
            "releases_known": releases - new_releases,
        }

    def _run(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, self.names)


_KINDS: Final = (pl.Int32, pl.String, pl.String, pl.String)


def count_staged(import_id: int) -> int:
    """Return how many rows are staged. The tables are unlogged: after a crash of PostgreSQL they are empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalogue_staged_row WHERE import_id = %s", [import_id])
        return int(cursor.fetchone()[0])


def sample(import_id: int, limit: int) -> list[dict[str, Any]]:
    """Return the first `limit` rows as they will be applied, by column."""
    with connection.cursor() as cursor:
        columns = ", ".join(ROWS)
        query = f"SELECT {columns} FROM catalogue_staged_row WHERE import_id = %s ORDER BY number LIMIT %s"
        cursor.execute(query, [import_id, limit])
        return [dict(zip(ROWS, row, strict=True)) for row in cursor.fetchall()]


def with_rows(imports: QuerySet[CatalogueImport]) -> QuerySet[CatalogueImport, int]:
    """Return the ids of those of `imports` that have staged rows or credits."""
    staged = " OR ".join(f"EXISTS (SELECT FROM {table} WHERE import_id = {_IMPORTS}.id)" for table in _STAGED)
    return imports.extra(where=[f"({staged})"]).values_list("pk", flat=True)


def clear(import_ids: Iterable[int]) -> None:
    """Remove the staged rows and credits of imports. Idempotent."""
    with connection.cursor() as cursor:
        for table in _STAGED:
            cursor.execute(f"DELETE FROM {table} WHERE import_id = ANY(%s)", [list(import_ids)])


def _copy(table: str, columns: Iterable[str], rows: pl.DataFrame) -> None:
    names = list(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    command = f"COPY {table} ({quoted}) FROM STDIN (FORMAT csv, NULL '{_NULL}')"
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for piece in _pieces(rows.select(names)):
            copy.write(piece)


def _pieces(rows: pl.DataFrame) -> Iterator[bytes]:
    for piece in rows.iter_slices(20_000):
        buffer = io.BytesIO()
        piece.write_csv(buffer, include_header=False, null_value=_NULL)
        yield buffer.getvalue()
