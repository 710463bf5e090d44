"""Plays: what partners' users have listened to, as usage logs and drops report it."""

from __future__ import annotations

from django.db import models

from partners.choices import PlayKind
from partners.models.scope import PartnerModel


class Play(PartnerModel):
    """One play. Ids of tracks and releases are kept as they were sent, whether the catalogue knows them or not.

    `digest` is made of everything the partner sent, so that an item that is sent again is the same play.
    """

    kind = models.CharField(max_length=12, choices=PlayKind.choices)
    digest = models.BinaryField(max_length=20)
    key_name = models.CharField(max_length=100)
    user_id = models.CharField(max_length=255)
    country = models.CharField(max_length=2)
    track_id = models.IntegerField()
    release_id = models.IntegerField(null=True)
    format_id = models.IntegerField(null=True)
    play_mode = models.CharField(max_length=16, blank=True, default="")
    end_reason = models.CharField(max_length=16, blank=True, default="")
    play_type = models.CharField(max_length=16, blank=True, default="")
    user_agent = models.CharField(max_length=256)
    seconds = models.IntegerField()
    played_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta(PartnerModel.Meta):
        constraints = [models.UniqueConstraint(fields=["partner", "digest"], name="one_play_per_partner_and_digest")]
        indexes = [models.Index(fields=["partner", "played_at"], name="plays_by_month")]

    def __str__(self) -> str:
        return f"play {self.pk}"
