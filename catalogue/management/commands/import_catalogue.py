"""`manage.py import_catalogue ORGANISATION FILE [--preview]`: import a CSV here and show what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.management.organisations import organisation_named
from catalogue.models import CatalogueImport, ImportStatus
from catalogue.services.imports import run_import, start_import
from catalogue.services.imports.check_rows import REASONS
from catalogue.services.imports.progress import progress_of

SHOWN = 20  # problems
WORDS = {"CHECKING": "checking", "APPLYING": "applying", "PREVIEWED": "checked", "DONE": "done", "FAILED": "failed"}


class Command(BaseCommand):
    help = "Import a CSV of tracks and releases into the catalogue of an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name, or its id")
        parser.add_argument("file", type=Path)
        parser.add_argument("--preview", action="store_true", help="check only: nothing is changed")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation, path = organisation_named(options["organisation"]), options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        row = start_import.import_file(
            organisation=organisation,
            path=path,
            filename=path.name,
            preview=options["preview"],
            actor="command line",
            work=False,
        )
        console = Console(file=self.stdout, highlight=False)  # type: ignore[arg-type]
        _run(row, console)
        row.refresh_from_db()
        _show(row, console)
        if row.status == ImportStatus.FAILED:
            raise CommandError(row.message)


def _run(row: CatalogueImport, console: Console) -> None:
    """Run the import in this process. If it is interrupted, a worker goes on with it after the next sweep."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<9}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("checking", total=100, rows=0)

        def show_progress(now: CatalogueImport) -> None:
            percent = progress_of(now)["percent"]
            bar.update(task, description=WORDS[now.status], completed=percent, rows=now.total_rows or 0)

        run_import.run(row.pk, on_step=show_progress)


def _show(row: CatalogueImport, console: Console) -> None:
    console.print(f"import {row.pk}: {row.total_rows or 0:,} rows, {row.error_rows or 0:,} of them left out")
    for name, count in sorted(row.counts.items()):
        console.print(f"  {name.replace('_', ' '):<18} {count:>12,}")
    if row.ignored:
        console.print(f"  columns not used: {', '.join(row.ignored)}", markup=False)
    problems = list(row.problems.all()[:SHOWN])
    if problems:
        table = Table("row", "column", "what is wrong", "value")
        for problem in problems:
            table.add_row(str(problem.row), problem.column, REASONS[problem.code], problem.value)
        console.print(table)
