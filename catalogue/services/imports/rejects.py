"""Why rows were left out, as a table to work through."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from catalogue.models import CatalogueImport
from catalogue.services.imports.check_rows import REASONS
from oas.kernel.csv_safety import harmless

COLUMNS: Final = ("row", "column", "code", "reason", "value")


class _Line:
    """What csv.writer writes to: hands the line back."""

    def write(self, text: str) -> str:
        return text


def as_csv(row: CatalogueImport) -> Iterator[str]:
    """Lines of a CSV, its header first; text that a spreadsheet would run starts with an apostrophe."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for problem in row.problems.order_by("row", "id").iterator(chunk_size=5000):
        value = harmless(problem.value)
        yield writer.writerow([problem.row, problem.column, problem.code, REASONS[problem.code], value])
