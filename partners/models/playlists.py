"""Playlists: of a partner itself, or of one of its users."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from partners.models.scope import PartnerModel
from partners.models.users import PartnerUser


class Playlist(PartnerModel):
    """A playlist with its tracks in order. Without `user` it is the partner's own.

    `tracks` has a dict for each track, with an `id` of its own: a track may come several times.
    """

    id = models.CharField(max_length=24, primary_key=True)
    user = models.ForeignKey(PartnerUser, null=True, blank=True, on_delete=models.CASCADE, related_name="playlists")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=50, default="NotSpecified")
    is_public = models.BooleanField(default=False)
    description = models.CharField(max_length=500, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    annotations: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    tracks: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    track_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta(PartnerModel.Meta):
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["partner", "-created_at", "id"], name="playlists_newest"),
            GinIndex(fields=["tags"], name="playlists_by_tag"),
        ]

    def __str__(self) -> str:
        return self.name
