"""Names that no shop would send: control signs keep works apart, and long ones keep documents small."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from glider.importer.totals import documents_of
from oas.kernel.documents import BYTES_PER_DOCUMENT, rows_of
from tests.glider.driving import distrokid, drive


def test_a_control_sign_in_a_name_does_not_make_two_tracks_one(tmp_path: Path) -> None:
    """The key of a track without a code is artist and title with a sign between them, which names may hold too."""
    lines = ("2025-07|Spotify|Song|||1|0.50", "2025-07|Spotify|B\x1fSong|||1|0.25")
    text = distrokid(*lines)
    text = text.replace("Artist A\tSong\t", "A\x1fB\tSong\t").replace("Artist A\tB\x1fSong\t", "A\tB\x1fSong\t")
    imported, _ = drive(text, tmp_path).imported()
    rows = imported.totals["track"].select("artist", "name", "revenue").sort("revenue").rows()
    assert rows == [("A", "B\x1fSong", Decimal("0.25")), ("A\x1fB", "Song", Decimal("0.5"))]


def test_rows_with_long_names_are_cut_into_documents_that_mongodb_takes() -> None:
    count, name = 300, "n" * 60_000
    sums: dict[str, Any] = {"rows": [1] * count, "quantity": [1] * count}
    amounts = {
        column: pl.Series([Decimal(1)] * count, dtype=pl.Decimal(38, 18)) for column in ("gross", "net", "revenue")
    }
    names = [f"{name}{n}" for n in range(count)]
    columns: dict[str, Any] = {"name": names, **sums, **amounts, "stated": [True] * count}
    rows = pl.DataFrame(columns)
    found = list(documents_of(rows, Decimal(count)))
    sizes = [sum(len(row["name"]) for row in rows_of(document)) for document in found]
    assert max(sizes) <= BYTES_PER_DOCUMENT
    assert [row["name"] for document in found for row in rows_of(document)] == names
