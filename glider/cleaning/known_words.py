"""Words that a sales file is likely to have: those of the layouts, and of names that its organisation is known to sell.

They bear witness where the bytes of a file have to tell its encoding, and are asked for by no other file. Only words
with letters outside ASCII count: the rest are the same in every encoding.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from glider.layouts.layout import Layout
from oas.kernel import object_keys
from oas.kernel.documents import Document, documents, rows_of, snapshot_rows_id
from oas.kernel.intake.encodings.languages import WORD
from oas.kernel.storage import ObjectAbsent, ObjectTooLarge, storage

MOST_FILES: Final = 20  # earlier sales files
MOST_NAMES: Final = 20_000  # of the catalogue, from each column
MOST_BYTES: Final = 64 * 1024**2  # of a catalogue; a larger one is left unread
LISTS: Final = ("artist", "track", "release")
COLUMNS: Final = ("artist", "track_title", "release_title")
LEAST: Final = 2  # letters of a word


def words_of_layouts(layouts: Iterable[Layout]) -> frozenset[str]:
    """The words in the names of columns."""
    return words_in(name for layout in layouts for name in layout.names)


def words_of_organisation(organisation: int) -> frozenset[str]:
    """The words in names of the catalogue of `organisation`, and in those that sold most in some earlier sales files.

    Raises StorageError, DocumentsError.
    """
    return words_in(_names_of_catalogue(organisation)) | words_in(_names_of_files(organisation))


def words_in(names: Iterable[str]) -> frozenset[str]:
    """The words in `names` that are not ASCII, case folded."""
    words = (word.casefold() for name in names if not name.isascii() for word in WORD.findall(name))
    return frozenset(word for word in words if len(word) >= LEAST and not word.isascii())


def _names_of_files(organisation: int) -> Iterator[str]:
    headers = list(documents().find("snapshots", {"organisation": organisation}, limit=MOST_FILES))
    for header in headers:
        if "job" in header:  # the importer has completed it
            yield from _names_of_file(header)


def _names_of_file(header: Document) -> Iterator[str]:
    for dimension in LISTS:
        found = documents().get("snapshot_rows", snapshot_rows_id(header["_id"], header["job"], dimension, 0))
        for row in rows_of(found, ("name", "artist")) if found else ():
            yield from row.values()


def _names_of_catalogue(organisation: int) -> Iterator[str]:
    """Names of the version that was published last: the number of the change comes first in its key."""
    objects = storage().list(object_keys.catalogue_folder(organisation))
    newest = max((each.key for each in objects if not each.key.endswith(".aliases.parquet")), default=None)
    try:
        content = storage().get_bytes(newest, most=MOST_BYTES) if newest else None
    except (ObjectAbsent, ObjectTooLarge):  # removed since, as there is a newer one
        return
    if content is not None:
        table = pl.scan_parquet(io.BytesIO(content))
        for name in COLUMNS:
            foreign = table.select(name).filter(pl.col(name).str.contains(r"[^\x00-\x7F]")).head(MOST_NAMES)
            yield from foreign.collect().to_series()
