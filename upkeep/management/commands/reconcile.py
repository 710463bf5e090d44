"""`manage.py reconcile`: after a restore, bring the database, S3 and MongoDB together again.

Prints a line for each thing that was mended. Exit code 2: a service is down, run it again.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from oas.kernel.documents import DocumentsError
from oas.kernel.storage import StorageError
from upkeep.reconcile import reconcile


class Command(BaseCommand):
    help = "After a restore: bring the database, S3 and MongoDB together again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mended = reconcile(self.stdout.write)
        except (StorageError, DocumentsError, OperationalError) as error:
            raise CommandError(f"A part is down, run it again: {error}", returncode=2) from None
        self.stdout.write(f"{mended} things were mended." if mended else "Nothing had to be mended.")
