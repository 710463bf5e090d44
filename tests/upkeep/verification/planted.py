"""Differences planted in every place that stores a total, and the commands that find and mend them."""

from __future__ import annotations

import io
from decimal import Decimal

from django.core.management import CommandError, call_command

from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from tests.totals.damage import doubled
from totals.models import CountedFile, Dimension, SummaryEntry, SummaryGap, SummaryScope, SummarySource


def run(*words: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    out = io.StringIO()
    try:
        call_command("verify_totals", *words, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue().strip()


# --- of one file ---


def row(file: SalesFile) -> None:
    SalesFile.everything.filter(pk=file.pk).update(total_local=Decimal("1.5"))


def artists(file: SalesFile) -> None:
    SalesFile.everything.filter(pk=file.pk).update(total_artists=77)


def ledger(file: SalesFile) -> None:
    CountedFile.everything.filter(file=file).delete()


def totals(file: SalesFile) -> None:
    doubled(CountedFile.everything.get(file=file).totals_key)


def lost_totals(file: SalesFile) -> None:
    storage().delete(CountedFile.everything.get(file=file).totals_key)


def parquet(file: SalesFile) -> None:
    sale = next(documents().find("sales", {"uuid": file.uuid}))
    storage().delete(sale["key"])


def snapshot(file: SalesFile) -> None:
    documents().update("snapshots", snapshot_id(file.uuid, 1), {"total_local": "1.5"})


def snapshot_rows(file: SalesFile) -> None:
    found = next(documents().find("snapshot_rows", {"snapshot": snapshot_id(file.uuid, 1), "dimension": "track"}))
    found["columns"]["revenue"][0] = "1.5"
    documents().replace("snapshot_rows", found)


def sale(file: SalesFile) -> None:
    found = next(documents().find("sales", {"uuid": file.uuid}))
    documents().update("sales", found["_id"], {"revenue": "1.5"})


def not_live(file: SalesFile) -> None:
    found = next(documents().find("sales", {"uuid": file.uuid}))
    documents().update("sales", found["_id"], {"live": False})


# --- of the totals over all files ---


def entry(file: SalesFile) -> None:
    tracks = SummaryEntry.objects.filter(dimension=Dimension.TRACK, period=202502)
    tracks.filter(pk=tracks.values_list("pk", flat=True)[0]).update(revenue=Decimal("1.5"))


def lost_entry(file: SalesFile) -> None:
    artists = SummaryEntry.objects.filter(dimension=Dimension.ARTIST, period=0)
    artists.filter(pk=artists.values_list("pk", flat=True)[0]).delete()


def gap(file: SalesFile) -> None:
    SummaryGap.objects.filter(dimension=Dimension.TRACK, previous=0, period=202501).update(keys=999)


def scope(file: SalesFile) -> None:
    SummaryScope.objects.unscoped().update(files=9)


def source(file: SalesFile) -> None:
    SummarySource.objects.filter(period=202502).delete()
