"""Users of a partner and their subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.choices import Plan
from partners.models import Partner, PartnerUser, Subscription
from partners.services.times import month_after

LONGEST_TRIAL: Final = timedelta(days=100)
STARTS_WITHIN: Final = timedelta(days=1)  # of now
ALWAYS_PASSES: Final = timedelta(days=31)  # as the length of a period, also in a short month


class UserExists(Exception):
    """The partner has a user with this id already."""


class NotAllowed(Exception):
    """A value does not fit the others. `name` is that of its parameter."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Terms:
    """A subscription as a partner states it. Times are in UTC; `recurring_fee` is in cents."""

    plan: Plan
    is_active: bool
    country: str
    currency: str
    recurring_fee: int
    activated_at: datetime
    period_starts_at: datetime
    expires_at: datetime
    trial_ends_at: datetime | None = None
    postcode: str = ""


def create_user(*, partner: Partner, user_id: str, country: str) -> PartnerUser:
    """Create a user. Raises `UserExists`; of several requests at once one creates it."""
    try:
        # The constraint decides, in a transaction of its own: the caller's goes on after the refusal.
        with transaction.atomic():
            return PartnerUser.objects.unscoped().create(partner=partner, user_id=user_id, country=country)
    except IntegrityError as error:
        raise UserExists(user_id) from error


def find_user(*, partner: Partner, user_id: str) -> PartnerUser | None:
    """Return the user with its subscription, in one query; None if the partner has none of this id."""
    return PartnerUser.objects.of(partner).select_related("subscription").filter(user_id=user_id).first()


def subscribe(*, user: PartnerUser, terms: Terms) -> Subscription:
    """Set the subscription of `user` to `terms`; terms that are not active end it now. Raises `NotAllowed`."""
    now = timezone.now()
    refuse_unsound(terms, now)
    expires_at = terms.expires_at if terms.is_active else min(terms.expires_at, now)
    fields = {
        "plan": terms.plan,
        "country": terms.country,
        "currency": terms.currency,
        "recurring_fee": terms.recurring_fee,
        "activated_at": terms.activated_at,
        "period_starts_at": terms.period_starts_at,
        "expires_at": expires_at,
        "trial_ends_at": terms.trial_ends_at,
        "postcode": terms.postcode,
    }
    return Subscription.objects.update_or_create(user=user, defaults=fields)[0]


def refuse_unsound(terms: Terms, now: datetime) -> None:
    """Raise `NotAllowed` with the first time of `terms` that does not fit `now` or the others."""
    start, end = terms.period_starts_at, terms.expires_at
    if terms.activated_at > now:
        raise NotAllowed("activatedAt")
    if start < terms.activated_at or abs(start - now) > STARTS_WITHIN:
        raise NotAllowed("currentPeriodStartDate")
    if not start < end <= max(month_after(start), start + ALWAYS_PASSES):
        raise NotAllowed("expiryDate")
    _refuse_trial(terms)


def _refuse_trial(terms: Terms) -> None:
    ends = terms.trial_ends_at
    if terms.plan is not Plan.TRIAL and ends is not None:
        raise NotAllowed("trialEndsAt")
    if ends is not None and not terms.activated_at < ends <= terms.activated_at + LONGEST_TRIAL:
        raise NotAllowed("trialEndsAt")
