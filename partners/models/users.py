"""Users of partners, and their subscriptions. Of a user nothing is kept but the partner's id for it and its country."""

from __future__ import annotations

from django.db import models

from partners.choices import Plan
from partners.models.partners import COUNTRY
from partners.models.scope import PartnerModel


class PartnerUser(PartnerModel):
    """A user of a partner. `user_id` is the partner's own, exactly as it was sent."""

    user_id = models.CharField(max_length=255)
    country = models.CharField(max_length=2, validators=[COUNTRY])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(PartnerModel.Meta):
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["partner", "user_id"], name="one_partner_user_per_id")]

    def __str__(self) -> str:
        return f"user {self.pk}"


class Subscription(models.Model):
    """The subscription of a user as its partner last stated it. It ends at `expires_at`, half-open."""

    user = models.OneToOneField(PartnerUser, on_delete=models.CASCADE, related_name="subscription")
    plan = models.CharField(max_length=8, choices=Plan.choices)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    recurring_fee = models.BigIntegerField(help_text="In cents.")
    activated_at = models.DateTimeField()
    period_starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    postcode = models.CharField(max_length=32, blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.plan} of {self.user}"
