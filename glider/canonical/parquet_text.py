"""Texts in Parquet as other engines find them, strings, or as Polars kept them while they were written, interned.

That they are interned stands only in Arrow's own note, which engines built on Arrow read; by Parquet's own schema they
are strings. The note is made unfindable in place, and found again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MAGIC: Final = b"PAR1"
_OWN_SCHEMA: Final = b"ARROW:schema"
_NO_SCHEMA: Final = b"arrow schema"  # as long, and known to nobody


def as_strings(path: Path) -> None:
    """Make the texts of the file plain strings to everyone; the values stay as they are written.

    Raises ValueError for what is no Parquet file with one note.
    """
    _rename_note(path, _OWN_SCHEMA, _NO_SCHEMA)


def as_interned(path: Path) -> None:
    """Undo `as_strings`. Raises ValueError for what is no Parquet file that it was done to."""
    _rename_note(path, _NO_SCHEMA, _OWN_SCHEMA)


def _rename_note(path: Path, name: bytes, new: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(-8, 2)
        tail = file.read()
        length = int.from_bytes(tail[:4], "little")
        file.seek(-8 - length, 2)
        start, footer = file.tell(), file.read(length)
        if tail[4:] != _MAGIC or footer.count(name) != 1:
            raise ValueError(f"{path.name}: no Parquet file that Polars wrote")
        file.seek(start + footer.index(name))
        file.write(new)
