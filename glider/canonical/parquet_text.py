"""Text columns of Parquet files: strings for other engines, or interned as Polars wrote them.

By Parquet's own schema the columns are strings. Only the Arrow schema, which Arrow-based engines look for in the file's
metadata, has them as interned (categorical). Its key is renamed in place, so that no byte of the values is rewritten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MAGIC: Final = b"PAR1"
_ARROW_KEY: Final = b"ARROW:schema"
_HIDDEN_KEY: Final = b"arrow schema"  # of the same length, and looked for by no engine


def as_strings(path: Path) -> None:
    """Hide the Arrow schema of the Parquet file at `path`: every engine then reads its texts as strings.

    Raises ValueError when the file is not Parquet with one Arrow schema, and leaves it unchanged.
    """
    _rename_key(path, _ARROW_KEY, _HIDDEN_KEY)


def as_interned(path: Path) -> None:
    """Undo `as_strings`. Raises ValueError for a file to which it was not applied."""
    _rename_key(path, _HIDDEN_KEY, _ARROW_KEY)


def _rename_key(path: Path, name: bytes, new: bytes) -> None:
    with path.open("r+b") as file:
        # A Parquet file ends with its metadata, their length in four bytes, and the four bytes of `_MAGIC`.
        file.seek(-8, 2)
        tail = file.read()
        length = int.from_bytes(tail[:4], "little")
        file.seek(-8 - length, 2)
        start, footer = file.tell(), file.read(length)
        if tail[4:] != _MAGIC or footer.count(name) != 1:
            raise ValueError(f"{path.name}: no Parquet file that Polars wrote")
        file.seek(start + footer.index(name))
        file.write(new)
