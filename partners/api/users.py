"""Routes of users and their subscriptions."""

from __future__ import annotations

from typing import Any, Final

import pycountry
from django.http import HttpRequest, HttpResponse

from partners.api.base import PartnerView
from partners.api.envelope import moment
from partners.api.errors import PartnerError, invalid, missing
from partners.api.parameters import Parameters, country_of, whole
from partners.choices import PLAN_CODE, STATUSES, Plan
from partners.models import Partner, PartnerUser, Subscription
from partners.services.users import NotAllowed, Terms, UserExists, create_user, find_user, subscribe

LONGEST_ID: Final = 255
_TERMS: Final = (
    "userId", "planCode", "status", "currency", "recurringFee", "country", "activatedAt", "currentPeriodStartDate",
    "expiryDate",
)  # fmt: skip


class CreateUserView(PartnerView):
    """GET and POST `/1.2/user/create`."""

    def on_get(self, request: HttpRequest) -> HttpResponse:
        self.parameters.require("userId", "country")
        user_id = self.parameters.required("userId", longest=LONGEST_ID)
        try:
            user = create_user(partner=self.partner, user_id=user_id, country=self.country())
        except UserExists as error:
            raise PartnerError(2003, "User already exists") from error
        return self.ok({"user": user_answer(user)})

    on_post = on_get


class UserDetailsView(PartnerView):
    """GET `/1.2/user/details`."""

    def on_get(self, request: HttpRequest) -> HttpResponse:
        return self.ok({"user": user_answer(known_user(self.partner, self.parameters.required("userId")))})


class SubscriptionView(PartnerView):
    """GET and POST `/1.2/user/unlimitedStreaming`."""

    def on_get(self, request: HttpRequest) -> HttpResponse:
        user = known_user(self.partner, self.parameters.required("userId"))
        found = getattr(user, "subscription", None)
        if found is None:
            raise PartnerError(2001, "User has never had a subscription")
        return self.ok({"streaming": subscription_answer(found)})

    def on_post(self, request: HttpRequest) -> HttpResponse:
        self.parameters.require(*_TERMS)
        terms = _terms(self.parameters, set(self.partner.countries))
        user = known_user(self.partner, self.parameters.required("userId"))
        try:
            return self.ok({"streaming": subscription_answer(subscribe(user=user, terms=terms))})
        except NotAllowed as refused:
            raise invalid(refused.name, self.parameters.text(refused.name) or "") from refused


def known_user(partner: Partner, user_id: str) -> PartnerUser:
    """Return the user `user_id` of `partner`. Raises `PartnerError` 1002: an unknown user is an invalid value."""
    user = find_user(partner=partner, user_id=user_id) if len(user_id) <= LONGEST_ID else None
    if user is None:
        raise invalid("userId", user_id)
    return user


def user_answer(user: PartnerUser) -> dict[str, Any]:
    return {"@id": user.pk, "type": "partner", "userId": user.user_id, "country": user.country}


def subscription_answer(subscription: Subscription) -> dict[str, Any]:
    return {"level": subscription.plan, "expiryDate": moment(subscription.expires_at)}


def _terms(given: Parameters, countries: set[str]) -> Terms:
    plan, is_active = _plan(given), _choice(given, "status", STATUSES) == "active"
    trial_ends_at = given.moment("trialEndsAt")
    if plan is Plan.TRIAL and trial_ends_at is None:
        raise missing("trialEndsAt")
    return Terms(
        plan=plan,
        is_active=is_active,
        country=country_of("country", given.required("country"), countries),
        currency=_currency(given),
        recurring_fee=whole("recurringFee", given.required("recurringFee"), least=0),
        activated_at=given.required_moment("activatedAt"),
        period_starts_at=given.required_moment("currentPeriodStartDate"),
        expires_at=given.required_moment("expiryDate"),
        trial_ends_at=trial_ends_at,
        postcode=given.text("postcode", longest=32) or "",
    )


def _plan(given: Parameters) -> Plan:
    code = _choice(given, "planCode", [f"{plan}{PLAN_CODE}" for plan in Plan.values])
    return Plan(code.removesuffix(PLAN_CODE))


def _choice(given: Parameters, name: str, choices: Any) -> str:
    value = given.required(name)
    if value not in choices:
        raise invalid(name, value)
    return value


def _currency(given: Parameters) -> str:
    code = given.required("currency")
    if pycountry.currencies.get(alpha_3=code.upper()) is None or len(code) != 3:
        raise invalid("currency", code)
    return code.upper()
