"""Many sales files in the database of a stack, for benchmarks of reading them: rows as finalising leaves them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from accounts.models import Organisation
    from salesfiles.models import SalesFile

BATCH: Final = 5_000


def use_django() -> None:
    """Set Django up in this process. The addresses of the stack must be in the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "oas.settings"
    os.environ["OAS_LOG_LEVEL"] = "ERROR"
    import django

    django.setup()


def fill(organisations: Iterable[Organisation], files: int) -> None:
    """Insert `files` more sales files, dealt out among the organisations."""
    from salesfiles.models import SalesFile

    owners, there = list(organisations), SalesFile.everything.count()
    for start in range(there, there + files, BATCH):
        rows = [_file(owners[n % len(owners)], n) for n in range(start, min(start + BATCH, there + files))]
        SalesFile.objects.unscoped().bulk_create(rows)


def remove_filled() -> None:
    """Delete the files that `fill` made, which have no key in S3."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM salesfiles_salesfile WHERE raw_key = ''")


def _file(owner: Organisation, n: int) -> SalesFile:
    from salesfiles.models import SalesFile

    return SalesFile(
        organisation=owner, uuid=f"{n:08x}", mongo_db_id=f"{n + 1:024x}",
        filename=f"sales {n}.csv", filetype="CSV", filesize=1000 + n,
        status="FINALIZED" if n % 10 else "FAILED", reporting_period="2025-01", total_rows=n, total_artists=n % 100,
        total_local=Decimal(n * 7919 % 10**6).scaleb(-2),
    )  # fmt: skip


def analyse() -> None:
    """Do now what autovacuum would do later, so that the planner knows the rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
