"""What changes organisations, keys and logins."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey, LoginToken, Membership, Organisation, Role, Scope, all_scopes
from accounts.tokens import KeyText, hashed, matches, new_login_token

USED_EVERY = timedelta(minutes=1)  # how exact `last_used_at` is: a busy key costs one write a minute
LOGIN_LASTS = timedelta(days=7)
_NOBODY = hashed("nobody")  # compared with when there is no such key, so that both answers cost the same


class KeyTaken(Exception):
    """The prefix is that of another key (another secret, or another organisation)."""


# --- organisations ---


@transaction.atomic
def create_organisation(*, name: str, currency: str = "EUR", owner: User | None = None) -> tuple[Organisation, bool]:
    """The organisation of that name, and whether it is new; an existing one keeps its currency, `owner` is added.

    Raises ValidationError for a bad name or currency.
    """
    Organisation(name=name, currency=currency).full_clean(validate_unique=False, validate_constraints=False)
    organisation, created = Organisation.objects.get_or_create(name=name, defaults={"currency": currency})
    if owner is not None:
        add_member(organisation=organisation, user=owner, role=Role.OWNER)
    return organisation, created


def add_member(*, organisation: Organisation, user: User, role: Role = Role.MEMBER) -> Membership:
    """Idempotent: somebody who is in already gets the role."""
    membership, _ = Membership.objects.update_or_create(organisation=organisation, user=user, defaults={"role": role})
    return membership


def memberships(*, user: Any) -> list[Membership]:
    """In the order they were made, each with its organisation: one query."""
    return list(Membership.objects.filter(user=user).select_related("organisation").order_by("id"))


# --- API keys ---


def create_key(
    *,
    organisation: Organisation,
    name: str,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    created_by: User | None = None,
    text: KeyText | None = None,
) -> tuple[ApiKey, KeyText]:
    """Make a key; the second part holds the secret, which nobody can read again.

    With `text` the secret is the given one, and a second call changes nothing. Raises `KeyTaken` when its prefix is
    another key's.
    """
    text = text or KeyText.new()
    key, created = ApiKey.everything.get_or_create(
        prefix=text.prefix,
        defaults={
            "organisation": organisation,
            "name": name,
            "secret_hash": hashed(text.secret),
            "scopes": _in_order(scopes),
            "expires_at": expires_at,
            "created_by": created_by,
        },
    )
    if not created and not (key.organisation_id == organisation.pk and matches(text.secret, key.secret_hash)):
        raise KeyTaken(f"The prefix {text.prefix} is that of another key.")
    return key, text


def find_key(text: str) -> ApiKey | None:
    """The valid key that `text` is, with its organisation, in one query; noted as used. None for any other text."""
    given = KeyText.parse(text)
    if given is None:
        return None
    key = ApiKey.objects.unscoped().select_related("organisation").filter(prefix=given.prefix).first()
    right = matches(given.secret, key.secret_hash if key else _NOBODY)
    if key is None or not right or not key.is_valid():
        return None
    note_use(key)
    return key


def note_use(key: ApiKey, now: datetime | None = None) -> bool:
    """Write `last_used_at` unless that was done within the minute; of several at once, one writes."""
    now = now or timezone.now()
    before = now - USED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return False
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    return ApiKey.objects.unscoped().filter(stale, pk=key.pk).update(last_used_at=now) == 1


def revoke_key(key: ApiKey) -> bool:
    """Once and for all; False when it was revoked before."""
    return ApiKey.objects.unscoped().filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()) == 1


def _in_order(scopes: Iterable[str] | None) -> list[str]:
    wanted = set(all_scopes() if scopes is None else scopes)
    return [scope for scope in Scope if scope in wanted]


# --- logins ---


def log_in(user: User) -> tuple[LoginToken, str]:
    """A new bearer token; the second part is its text, which nobody can read again. Expired ones are swept out."""
    LoginToken.objects.filter(user=user, expires_at__lte=timezone.now()).delete()
    text = new_login_token()
    token = LoginToken.objects.create(
        user=user,
        token_hash=hashed(text),
        password_mark=user.get_session_auth_hash(),
        expires_at=timezone.now() + LOGIN_LASTS,
    )
    return token, text


def find_login(text: str) -> LoginToken | None:
    """The valid token that `text` is, with its person, in one query."""
    token = LoginToken.objects.select_related("user").filter(token_hash=hashed(text)).first()
    if token is None or token.expires_at <= timezone.now() or not token.user.is_active:
        return None
    same = hmac.compare_digest(token.password_mark, token.user.get_session_auth_hash())
    return token if same else None


def log_out(token: LoginToken) -> None:
    token.delete()
