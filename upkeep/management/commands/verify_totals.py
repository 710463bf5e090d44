"""`manage.py verify_totals [--organisation ID]`: add all sale lines up again and compare with every stored total.

Exit code 0: all are equal; 1: there are differences, printed as a table; 2: a service is down, or files kept changing.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.management.organisations import organisations_named
from accounts.models import Organisation
from oas.kernel.documents import DocumentsError
from oas.kernel.storage import StorageError
from totals.difference import Difference
from upkeep.verification.verify import KeptChanging, live_files, verify

MOST_SHOWN = 100
Found = list[tuple[Organisation, Difference]]


class Command(BaseCommand):
    help = "Add all sale lines up again from the live Parquet and compare the sums with every stored total."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", help="its id, or its name; without it, all of them")

    def handle(self, *args: Any, organisation: str | None, **options: Any) -> None:
        organisations = organisations_named(organisation)
        try:
            files, found = _verified(organisations, Console(file=self.stderr))  # type: ignore[arg-type]
        except KeptChanging as changing:
            raise CommandError(f"The files of {changing} kept changing: try again later.", returncode=2) from None
        except (StorageError, DocumentsError) as error:
            raise CommandError(f"A part is down: {error}", returncode=2) from None
        if found:
            _show(found, Console(file=self.stdout, width=160))  # type: ignore[arg-type]
            raise CommandError(f"{len(found)} differences in {files} sales files.", returncode=1)
        self.stdout.write(f"All totals of {files} sales files are equal to what their lines add up to.")


def _verified(organisations: list[Organisation], console: Console) -> tuple[int, Found]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    files, found = 0, []
    with Progress(*columns, console=console) as progress:
        for organisation in organisations:
            task = progress.add_task(organisation.name, total=live_files(organisation).count())
            verified = verify(organisation, done=lambda task=task: progress.advance(task))  # type: ignore[misc]
            files += verified.files
            found += [(organisation, difference) for difference in verified.differences]
    return files, found


def _show(found: Found, console: Console) -> None:
    table = Table("Organisation", "Where", "What", "Kept", "Adds up to", title="Totals that differ")
    for organisation, difference in found[:MOST_SHOWN]:
        texts = (organisation.name, difference.where, difference.what, difference.kept, difference.found)
        table.add_row(*map(escape, texts))
    console.print(table)
    if len(found) > MOST_SHOWN:
        console.print(f"… and {len(found) - MOST_SHOWN} more.")
