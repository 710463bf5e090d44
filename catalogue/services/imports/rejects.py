"""The rows that an import left out, as a CSV with the reason of each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from catalogue.models import CatalogueImport
from catalogue.services.imports.check_rows import REASONS
from oas.kernel.csv_safety import harmless

COLUMNS: Final = ("row", "column", "code", "reason", "value")


class _Line:
    """A file for csv.writer, whose `writerow` then returns the line."""

    def write(self, text: str) -> str:
        return text


def as_csv(row: CatalogueImport) -> Iterator[str]:
    """Yield the lines of the CSV, its header first. Text that a spreadsheet would run starts with an apostrophe."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for problem in row.problems.order_by("row", "id").iterator(chunk_size=5000):
        value = harmless(problem.value)
        yield writer.writerow([problem.row, problem.column, problem.code, REASONS[problem.code], value])
