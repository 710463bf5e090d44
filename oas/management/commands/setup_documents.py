"""`manage.py setup_documents`: create the indexes of MongoDB. Idempotent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oas.kernel.documents import DocumentsError, documents


class Command(BaseCommand):
    help = "Create the indexes of MongoDB, without which it reads whole collections."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents().ensure_indexes()
        except DocumentsError as error:
            raise CommandError(f"MongoDB cannot be reached: {error}") from error
        self.stdout.write("The indexes of MongoDB are ready.")
