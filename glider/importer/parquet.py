"""Parquet as other engines find it: columns of strings, however they were kept while they were written."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MAGIC: Final = b"PAR1"
_OWN_SCHEMA: Final = b"ARROW:schema"  # Arrow's note of its own types, which only engines built on Arrow read
_NO_SCHEMA: Final = b"arrow schema"  # as long, and known to nobody


def as_strings(path: Path) -> None:
    """Make the texts of the file plain strings to everyone: that they were interned stands only in Arrow's own note.

    The values are strings by Parquet's own schema, and stay as they are written; the note is made unfindable, in
    place. Raises ValueError for what is no Parquet file with one such note.
    """
    with path.open("r+b") as file:
        file.seek(-8, 2)
        tail = file.read()
        length = int.from_bytes(tail[:4], "little")
        file.seek(-8 - length, 2)
        start, footer = file.tell(), file.read(length)
        if tail[4:] != _MAGIC or footer.count(_OWN_SCHEMA) != 1:
            raise ValueError(f"{path.name}: no Parquet file that Polars wrote")
        file.seek(start + footer.index(_OWN_SCHEMA))
        file.write(_NO_SCHEMA)
