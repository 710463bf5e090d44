"""`manage.py fetch_link ORGANISATION URL`: fetch files from a link and follow them to their totals."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from accounts.management.organisations import organisation_named
from fetcher.models import Batch, BatchItem
from fetcher.services import batches
from fetcher.services.progress import Counts, counts_of, is_over, shown_status
from oas.api.refusals import Refused

PAUSE = 0.25  # seconds between two looks
PATIENCE = 3600.0  # seconds
SHOWN = 50  # files that were not taken


class Command(BaseCommand):
    help = "Fetch files from a link of Google Drive, or a presigned one, and follow them to their totals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name, or its id")
        parser.add_argument("url")
        parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds to follow it (default 3600)")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_named(options["organisation"])
        try:
            batch = batches.start(organisation=organisation, url=options["url"], actor="command line")
        except Refused as refused:
            raise CommandError(refused.text) from None
        console = Console(file=self.stdout, highlight=False)  # type: ignore[arg-type]
        console.print(f"batch {batch.pk}: {batch.shown_url}", markup=False)
        counts = _follow(batch, console, options["patience"])
        _show(batch, counts, console)


def _follow(batch: Batch, console: Console, patience: float) -> Counts:
    """Show the progress of `batch` until it is over. The workers do the work; an interruption here stops none."""
    until = time.monotonic() + patience
    columns = (SpinnerColumn(), TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn())
    files = TextColumn("{task.fields[done]:,} of {task.fields[files]:,} files")
    with Progress(*columns, files, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("listing", total=100, done=0, files=0)
        while True:
            batch.refresh_from_db()
            counts = counts_of([batch])[batch.pk]
            over = is_over(batch, counts)
            percent = 100 if over else counts.percent
            word = str(shown_status(batch, counts)).lower()
            bar.update(task, description=word, completed=percent, done=counts.done, files=counts.files)
            if over:
                return counts
            if time.monotonic() > until:
                raise CommandError(f"Batch {batch.pk} is not through yet; it goes on without this command.")
            time.sleep(PAUSE)


def _show(batch: Batch, counts: Counts, console: Console) -> None:
    if batch.message:
        raise CommandError(batch.message)
    console.print(f"{counts.finalized:,} finalized, {counts.failed:,} failed, {counts.discarded:,} discarded")
    table = Table("file", "reason", "what it means")
    for path, reason, text in _problems(batch):
        table.add_row(path, reason, text)
    if table.row_count:
        console.print(table)


def _problems(batch: Batch) -> list[tuple[str, str, str]]:
    items = BatchItem.everything.filter(batch=batch).select_related("sales_file").order_by("path")
    return [(item.path, *item.why) for item in items if item.why[0]][:SHOWN]
