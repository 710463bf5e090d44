"""`manage.py setup_bucket`: create the bucket and set its rules. Idempotent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oas.kernel.buckets import set_up_bucket
from oas.kernel.config import config
from oas.kernel.storage import StorageError, storage


class Command(BaseCommand):
    help = "Create the bucket in S3 with its rules: no public access, CORS for OAS_CORS_ORIGINS, abandoned uploads end."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refused = set_up_bucket(storage(), config().cors_origins)
        except StorageError as error:
            raise CommandError(f"S3 cannot be reached: {error}") from error
        self.stdout.write(f"The bucket {storage().bucket} is ready.")
        for name in refused:
            self.stdout.write(f"This server does not know the rule: {name}.")
