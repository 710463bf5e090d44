"""Importing a text as the worker would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accounts.models import Organisation
from catalogue.models import CatalogueImport
from catalogue.services.imports import run_import, start_import

HEADER = "ISRC,Title,Version,Artist,Featuring,UPC,Release Title,Release Artist,Catalogue Number,Label,Track Number"


def begin(organisation: Organisation, folder: Path, content: str | bytes, **options: Any) -> CatalogueImport:
    path = folder / "catalogue.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return start_import.import_file(
        organisation=organisation, path=path, filename="catalogue.csv", work=False, actor="alice", **options
    )


def import_text(organisation: Organisation, folder: Path, content: str | bytes, **options: Any) -> CatalogueImport:
    row = begin(organisation, folder, content, **options)
    run_import.run(row.pk)
    row.refresh_from_db()
    return row


def problems_of(row: CatalogueImport) -> list[tuple[int, str, str, str]]:
    found = row.problems.order_by("row", "column")
    return [(problem.row, problem.column, problem.code, problem.value) for problem in found]


def isrc(number: int) -> str:
    return f"QZAAA{number:07d}"


def upc(number: int) -> str:
    """Twelve digits with their check digit (GS1 General Specifications, 7.9)."""
    digits = f"{number:011d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
