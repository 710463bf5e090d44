"""Rows that refer to objects or documents which are gone: layout sets, copies of catalogues, reports, examples.

Such a row is removed where the thing is then made again by itself. A report fails and a layout loses its example, as
only a person can ask for another.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Max

from catalogue.models import CatalogueState, CatalogueVersion
from layouts.models import Layout, PublishedSet
from layouts.services.layout_sets import COLLECTION
from oas.kernel.documents import documents
from oas.kernel.storage import ObjectAbsent, storage
from reports.choices import Kind, Status
from reports.models import Report

Write = Callable[[str], object]
LOST = "objects_lost"


def mend(write: Write) -> None:
    """Mend such rows, and call `write` with a line for each. Raises StorageError, DocumentsError."""
    _mend_layout_sets(write)
    _mend_catalogues(write)
    _mend_reports(write)
    _mend_examples(write)


def is_there(key: str) -> bool:
    """Return whether S3 has an object under `key`. Raises StorageError."""
    try:
        storage().head(key)
    except ObjectAbsent:
        return False
    return True


def _mend_layout_sets(write: Write) -> None:
    for published in PublishedSet.objects.iterator():
        if documents().get(COLLECTION, published.pk) is None:
            PublishedSet.objects.filter(pk=published.pk).delete()
            write(f"layouts {published.pk}: the set is gone from MongoDB; it is published again with the next job")


def _mend_catalogues(write: Write) -> None:
    for version in CatalogueVersion.objects.unscoped().order_by("organisation_id", "number").iterator():
        if is_there(version.key) and is_there(version.aliases_key):
            continue
        version.delete()
        # Set back to the newest copy that is left, or below every change: the next sweep publishes again.
        left = CatalogueVersion.objects.of(version.organisation_id).aggregate(newest=Max("number"))["newest"]
        state = CatalogueState.objects.filter(pk=version.organisation_id)
        state.update(published_change=-1 if left is None else left, queued_at=None)
        write(f"catalogue of organisation {version.organisation_id}: copy {version.name} is gone; it is made again")


def _mend_reports(write: Write) -> None:
    for report in Report.objects.unscoped().filter(status=Status.READY).order_by("pk").iterator():
        if is_there(report.key) and _has_groups(report):
            continue
        text = "What was made is no longer in the store. Ask for the report again."
        if report.move_to(Status.FAILED, cause=LOST, error_message=text):
            write(f"report {report.pk} ({report}): its content is gone; FAILED, ask for it again")


def _has_groups(report: Report) -> bool:
    return report.kind != Kind.UNMATCHED or documents().get("report_snapshots", str(report.uuid)) is not None


def _mend_examples(write: Write) -> None:
    for layout in Layout.objects.exclude(example_key="").iterator():
        if not is_there(layout.example_key):
            Layout.objects.filter(pk=layout.pk).update(example_key="", example_name="")
            write(f"layout {layout.name}: its example is gone; choose another")
