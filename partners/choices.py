"""Choices of the partner platform: plans of subscribers, kinds of usage log, what a log may say."""

from __future__ import annotations

from typing import Final

from django.db import models


class SameSale(models.TextChoices):
    """What a sale with a transaction id that was sent before is."""

    AGAIN = "again", "another sale"
    RETURN = "return", "the sale of before"


class Plan(models.TextChoices):
    """The plan of a subscriber, by the word that answers have."""

    PREMIUM = "premium"
    STANDARD = "standard"
    TRIAL = "trial"


class PlayKind(models.TextChoices):
    """The service that a play was in."""

    SUBSCRIPTION = "subscription"
    CATALOGUE = "catalogue"
    PREVIEW = "preview"


PLAN_CODE: Final = "-unlimited-streaming"  # what a plan code has after the plan
PLAY_MODES: Final = ("online", "offline", "online-cached")
END_REASONS: Final = ("naturalEnd", "userSkipped", "other")
PLAY_TYPES: Final = ("view", "creation")
STATUSES: Final = ("active", "expired")  # of a subscription, as a partner sends it
