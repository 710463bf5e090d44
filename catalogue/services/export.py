"""Export of a catalogue from PostgreSQL to Parquet in flat memory: COPY to a file, then Polars in a stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from django.db import connection, transaction

from oas.kernel.match_keys import normal_catalogue_number, normal_upc

TIMEOUT = 15 * 60  # seconds for one statement over a whole catalogue
ROWS: Final = {
    "track_id": pl.Int64,
    "release_id": pl.Int64,
    "artist": pl.String,
    "track_title": pl.String,
    "track_version": pl.String,
    "release_title": pl.String,
    "isrc": pl.String,
    "upc": pl.String,
    "catalogue_number": pl.String,
    "label": pl.String,
    "reference": pl.String,
}
ALIASES: Final = {"kind": pl.String, "key": pl.String, "track_id": pl.Int64, "release_id": pl.Int64}

_ROWS = """
WITH track_artists AS (
    SELECT credit.track_id AS id, string_agg(artist.name, ', ' ORDER BY credit.position, credit.id) AS names
    FROM catalogue_trackartist credit JOIN catalogue_artist artist ON artist.id = credit.artist_id
    WHERE credit.role = 'main' AND artist.organisation_id = %(organisation)s GROUP BY 1
), release_artists AS (
    SELECT credit.release_id AS id, string_agg(artist.name, ', ' ORDER BY credit.position, credit.id) AS names
    FROM catalogue_releaseartist credit JOIN catalogue_artist artist ON artist.id = credit.artist_id
    WHERE artist.organisation_id = %(organisation)s GROUP BY 1
)
SELECT track.id, release.id, coalesce(track_artists.names, release_artists.names),
    track.title, track.version, release.title, track.isrc, release.upc, release.catalogue_number, release.label,
    'T' || track.id
FROM catalogue_track track
LEFT JOIN catalogue_releasetrack place ON place.track_id = track.id
LEFT JOIN catalogue_release release ON release.id = place.release_id
LEFT JOIN track_artists ON track_artists.id = track.id
LEFT JOIN release_artists ON release_artists.id = release.id
WHERE track.organisation_id = %(organisation)s
UNION ALL
SELECT NULL, release.id, release_artists.names, NULL, NULL, release.title, NULL, release.upc, release.catalogue_number,
    release.label, 'R' || release.id
FROM catalogue_release release
LEFT JOIN release_artists ON release_artists.id = release.id
WHERE release.organisation_id = %(organisation)s
ORDER BY 1, 2
"""
_ALIASES = """
SELECT kind, key, track_id, release_id FROM catalogue_alias WHERE organisation_id = %(organisation)s ORDER BY kind, key
"""


@dataclass(frozen=True)
class Copy:
    """Two Parquet files of `rows` rows and `aliases` aliases. `number` is the last change in them."""

    number: int
    rows_path: Path
    aliases_path: Path
    rows: int
    aliases: int


def export(organisation_id: int, folder: Path) -> Copy:
    """Write both files into `folder`, as of one moment. The organisation must have a `CatalogueState`."""
    asked = {"organisation": organisation_id}
    # Both queries must see one moment. PostgreSQL takes the isolation level only as the first words of a transaction,
    # so it is not set within a transaction of the caller.
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}s'")
        cursor.execute("SELECT change FROM catalogue_cataloguestate WHERE organisation_id = %(organisation)s", asked)
        number = cursor.fetchone()[0]
        _copy(cursor, _ROWS, asked, folder / "rows.csv")
        _copy(cursor, _ALIASES, asked, folder / "aliases.csv")
    rows = _parquet(folder / "rows.csv", ROWS, upc=normal_upc(pl.col("upc")), catalogue_number=_number())
    aliases = _parquet(folder / "aliases.csv", ALIASES)
    return Copy(number, rows, aliases, _height(rows), _height(aliases))


def _number() -> pl.Expr:
    return normal_catalogue_number(pl.col("catalogue_number"))


def _copy(cursor: Any, query: str, asked: dict[str, int], path: Path) -> None:
    with (
        path.open("wb", buffering=1024 * 1024) as file,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", asked) as copy,
    ):
        for data in copy:
            file.write(data)


def _parquet(source: Path, schema: dict[str, Any], **forms: pl.Expr) -> Path:
    """Write the CSV at `source` as Parquet beside it. Empty text is null; `forms` replace columns."""
    target = source.with_suffix(".parquet")
    if source.stat().st_size == 0:
        pl.DataFrame(schema=schema).write_parquet(target, compression="zstd")
        return target
    rows = pl.scan_csv(source, schema=schema, has_header=False)
    rows = rows.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))).with_columns(**forms)
    rows.sink_parquet(target, compression="zstd")
    return target


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
