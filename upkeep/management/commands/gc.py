"""`manage.py gc [--dry-run] [--older-than SECONDS]`: remove what no row needs any more from S3 and MongoDB.

Prints every leftover and a summary. Exit code 2: a service is down.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from oas.kernel.documents import DocumentsError
from oas.kernel.storage import StorageError
from upkeep.collect_garbage import Tally, collect, safe_age
from upkeep.leftovers import Leftover


class Command(BaseCommand):
    help = "Remove objects and documents that belong to no sales file, revision, report, catalogue or layout any more."

    def add_arguments(self, parser: CommandParser) -> None:
        hours = safe_age().total_seconds() / 3600
        parser.add_argument("--dry-run", action="store_true", help="only print what would be removed")
        parser.add_argument(
            "--older-than", type=int, metavar="SECONDS", help=f"leave what is younger (default: {hours:g} hours)"
        )

    def handle(self, *args: Any, dry_run: bool, older_than: int | None, **options: Any) -> None:
        age = None if older_than is None else timedelta(seconds=older_than)
        try:
            tally = collect(older_than=age, remove=not dry_run, on_leftover=self._print)
        except (StorageError, DocumentsError, OperationalError) as error:
            raise CommandError(f"A part is down, run it again: {error}", returncode=2) from None
        self.stdout.write(summary(tally, dry_run=dry_run))

    def _print(self, found: Leftover) -> None:
        size = f", {found.size:,} bytes" if found.size else ""
        self.stdout.write(f"{found.place} ({found.kind}{size}): {found.why}")


def summary(tally: Tally, *, dry_run: bool) -> str:
    """Return the last line of the output: how many leftovers of which kinds, and their size."""
    if not tally.total:
        return "Nothing is left over."
    counts = ", ".join(f"{count:,} of {kind}" for kind, count in sorted(tally.counts.items()))
    end = "would be removed" if dry_run else "were removed"
    return f"{tally.total:,} leftovers, {tally.size:,} bytes of objects, {end}: {counts}."
