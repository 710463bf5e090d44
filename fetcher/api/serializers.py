"""Serializers of links. Nothing that gives access to a file is ever returned."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from fetcher.models import Batch, BatchItem, WatchedFolder
from fetcher.services.progress import Counts, ShownStatus, shown_status
from fetcher.sources.links import MOST_CHARACTERS, Kind


class LinkInSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(
        max_length=MOST_CHARACTERS,
        help_text="Of a file or folder in Google Drive (Anyone with the link), or presigned by a storage system.",
    )


class BatchAcceptedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(ShownStatus.choices)
    files = serializers.IntegerField(help_text="Found so far: none, as the link is listed in the background.")


class BatchProgressSerializer(serializers.Serializer[Any]):
    percent = serializers.IntegerField(min_value=0, max_value=100)
    done = serializers.IntegerField(help_text="Files that nothing more happens to by itself.")
    waiting = serializers.IntegerField()
    fetching = serializers.IntegerField()
    processing = serializers.IntegerField(help_text="Sales files that are still being processed.")
    finalized = serializers.IntegerField()
    failed = serializers.IntegerField()
    discarded = serializers.IntegerField()


class ItemProgressSerializer(serializers.Serializer[Any]):
    percent = serializers.IntegerField(min_value=0, max_value=100, allow_null=True)
    bytes = serializers.IntegerField(help_text="Fetched so far.")


class ItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    path = serializers.CharField(help_text="In the folder.")
    size = serializers.IntegerField(allow_null=True, help_text="In bytes; null while it is not known.")
    status = serializers.CharField(
        help_text="Its sales file's; before there is one WAITING, QUEUED or FETCHING; else UNPACKED (an archive: its "
        "members follow), DISCARDED, FAILED or CANCELLED."
    )
    sales_file = serializers.IntegerField(allow_null=True, help_text="Id of the sales file.")
    reason = serializers.CharField(
        help_text="Why it became no sales file, or why that failed: unsupported_type, empty, corrupt, duplicate, "
        "too_large, not_shared, quota, … Empty when all is well."
    )
    detail = serializers.CharField(help_text="The reason in a sentence.")
    progress = ItemProgressSerializer()


class BatchSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField(help_text="The link without its secrets.")
    kind = serializers.ChoiceField(Kind.choices)
    status = serializers.ChoiceField(ShownStatus.choices)
    cause = serializers.CharField(help_text="Why nothing was listed.")
    message = serializers.CharField()
    files = serializers.IntegerField()
    progress = BatchProgressSerializer()
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When the last file had been fetched.")


class BatchDetailSerializer(BatchSerializer):
    items = ItemSerializer(many=True)


class WatchedSerializer(serializers.ModelSerializer[WatchedFolder]):
    url = serializers.CharField(source="shown_url", read_only=True)

    class Meta:
        model = WatchedFolder
        fields = ["id", "url", "active", "last_seen_at", "last_result", "next_look_at", "created_at"]
        read_only_fields = fields


def accepted(batch: Batch) -> dict[str, Any]:
    """Return the body that answers a new batch."""
    return {"id": batch.pk, "status": batch.status, "files": 0}


def shown(batch: Batch, counts: Counts) -> dict[str, Any]:
    """Return the batch as JSON, with its progress and without its items."""
    names = ("percent", "done", "waiting", "fetching", "processing", "finalized", "failed", "discarded")
    return {
        "id": batch.pk,
        "url": batch.shown_url,
        "kind": batch.kind,
        "status": shown_status(batch, counts),
        "cause": batch.cause,
        "message": batch.message,
        "files": counts.files,
        "progress": {name: getattr(counts, name) for name in names},
        "requested_by": batch.requested_by,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def shown_item(item: BatchItem) -> dict[str, Any]:
    """Return the item as JSON; a serializer would be slow for ten thousand of them."""
    reason, detail = item.why
    return {
        "id": item.pk,
        "name": item.name,
        "path": item.path,
        "size": item.size,
        "status": item.shown_status,
        "sales_file": item.sales_file_id,
        "reason": reason,
        "detail": detail,
        "progress": {"percent": item.percent, "bytes": item.done_bytes},
    }
