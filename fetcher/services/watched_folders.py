"""Watched folders of Google Drive: each is listed every hour, and its new files are fetched."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import OPEN_BATCHES, Batch, WatchedFolder
from fetcher.services.batches import begin, parse_link
from fetcher.sources.links import Kind, Link
from oas.api.refusals import BadValue

EVERY = timedelta(hours=1)
MOST = 500  # folders of one call


def watch(*, organisation: Organisation, url: str, actor: str = "") -> WatchedFolder:
    """Watch a folder of Google Drive from now on. Raises `BadValue`, `NotSetUp`."""
    link = parse_link(url)
    if link.kind != Kind.DRIVE:
        raise BadValue("Only folders of Google Drive can be watched.", attr="url", code="unsupported_link")
    folder = WatchedFolder(
        organisation=organisation,
        url=url.strip(),
        kind=link.kind,
        link_id=link.id,
        resource_key=link.resource_key,
        requested_by=actor,
        next_look_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            folder.save()
    except IntegrityError:
        raise BadValue("This folder is watched already.", attr="url", code="unique") from None
    return folder


def look() -> int:
    """Start a batch for each folder that is due; returns how many. A folder overdue for days gets one batch."""
    now = timezone.now()
    due = WatchedFolder.everything.filter(active=True, next_look_at__lte=now).select_related("organisation")
    return sum(_look_at(folder) for folder in due.order_by("next_look_at")[:MOST])


@transaction.atomic
def _look_at(folder: WatchedFolder) -> bool:
    # Conditional on the time that was read: of two processes that find the folder due, one starts a batch.
    same = WatchedFolder.everything.filter(pk=folder.pk, active=True, next_look_at=folder.next_look_at)
    if same.update(next_look_at=timezone.now() + EVERY) != 1:
        return False
    if Batch.everything.filter(watched=folder, status__in=OPEN_BATCHES).exists():
        return False  # the last batch is not over yet
    link = Link(Kind.DRIVE, shown=folder.shown_url, id=folder.link_id, resource_key=folder.resource_key)
    begin(organisation=folder.organisation, url=folder.url, link=link, actor="watch", watched=folder)
    return True
