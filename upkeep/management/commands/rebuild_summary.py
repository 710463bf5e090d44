"""`manage.py rebuild_summary [--organisation ID]`: count all sales files again, when `verify_totals` found the totals
over all files to differ.

Readers see the old totals until it is done; files that are finalised meanwhile wait. Exit code 2: a service is down.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from accounts.management.organisations import organisations_named
from oas.kernel.storage import StorageError
from upkeep.verification.rebuild import rebuild
from upkeep.verification.verify import live_files


class Command(BaseCommand):
    help = "Count all sales files again for the totals over all files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", help="its id, or its name; without it, all of them")

    def handle(self, *args: Any, organisation: str | None, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        files = 0
        with Progress(*columns, console=Console(file=self.stderr)) as progress:  # type: ignore[arg-type]
            for each in organisations_named(organisation):
                task = progress.add_task(each.name, total=live_files(each).count())
                try:
                    files += rebuild(each, done=lambda task=task: progress.advance(task))  # type: ignore[misc]
                except StorageError as error:
                    raise CommandError(
                        f"A part is down, nothing of {each} was changed: {error}", returncode=2
                    ) from None
        self.stdout.write(f"{files} sales files are counted.")
