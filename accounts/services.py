"""Create organisations, API keys and logins; find and end keys and logins."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiKey, LoginToken, Membership, Organisation, Role, Scope, all_scopes
from accounts.tokens import KeyText, hashed, matches, new_login_token

USED_EVERY = timedelta(minutes=1)  # how exact `last_used_at` is: a busy key costs one write a minute
LOGIN_LASTS = timedelta(days=7)
_NO_KEY = hashed("no key")  # compared with when there is no such key, so that both answers take the same time


class KeyTaken(Exception):
    """The prefix belongs to a key with another secret, or of another organisation."""


# --- organisations ---


def change_settings(organisation: Organisation, **settings: Decimal) -> Organisation:
    """Write `settings`, fields of `organisation`, and no other field of its row. Returns the organisation."""
    for name, value in settings.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=[*settings])
    return organisation


@transaction.atomic
def create_organisation(*, name: str, currency: str = "EUR", owner: User | None = None) -> tuple[Organisation, bool]:
    """The organisation `name`, and whether it was created. Idempotent. Raises ValidationError.

    An existing organisation keeps its currency; `owner` becomes one of its owners.
    """
    Organisation(name=name, currency=currency).full_clean(validate_unique=False, validate_constraints=False)
    organisation, created = Organisation.objects.get_or_create(name=name, defaults={"currency": currency})
    if owner is not None:
        add_member(organisation=organisation, user=owner, role=Role.OWNER)
    return organisation, created


def add_member(*, organisation: Organisation, user: User, role: Role = Role.MEMBER) -> Membership:
    """Make `user` a member with `role`. Idempotent; a member that is in already gets `role`."""
    membership, _ = Membership.objects.update_or_create(organisation=organisation, user=user, defaults={"role": role})
    return membership


def memberships(*, user: Any) -> list[Membership]:
    """The memberships of `user` in the order they were made, each with its organisation; one query."""
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
    """Create a key. Returns its row, and its text with the secret, which cannot be read again.

    With `text` the key is the given one, and a second call changes nothing. Raises `KeyTaken` when its prefix belongs
    to another key.
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
    """The valid key whose text is `text`, with its organisation, in one query; its use is noted. None for any other."""
    given = KeyText.parse(text)
    if given is None:
        return None
    key = ApiKey.objects.unscoped().select_related("organisation").filter(prefix=given.prefix).first()
    # An unknown prefix takes the same steps as a wrong secret: the time of an answer does not show which keys exist.
    right = matches(given.secret, key.secret_hash if key else _NO_KEY)
    if key is None or not right or not key.is_valid():
        return None
    note_use(key)
    return key


def note_use(key: ApiKey, now: datetime | None = None) -> bool:
    """Write `last_used_at`, unless that was done within the last minute. Returns whether this call wrote it."""
    now = now or timezone.now()
    before = now - USED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return False
    # The condition is in the UPDATE as well, so that of several requests at the same time one writes.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=before)
    return ApiKey.objects.unscoped().filter(stale, pk=key.pk).update(last_used_at=now) == 1


def revoke_key(key: ApiKey) -> bool:
    """Revoke `key` for good. Idempotent: returns False when it was revoked before."""
    return ApiKey.objects.unscoped().filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()) == 1


def _in_order(scopes: Iterable[str] | None) -> list[str]:
    wanted = set(all_scopes() if scopes is None else scopes)
    return [scope for scope in Scope if scope in wanted]


# --- logins ---


def log_in(user: User) -> tuple[LoginToken, str]:
    """Create a bearer token, and delete expired ones. Returns its row, and its text, which cannot be read again."""
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
    """The valid token whose text is `text`, with its person, in one query."""
    token = LoginToken.objects.select_related("user").filter(token_hash=hashed(text)).first()
    if token is None or token.expires_at <= timezone.now() or not token.user.is_active:
        return None
    # Django's session hash changes with the password, and ends the logins made with the old one.
    same = hmac.compare_digest(token.password_mark, token.user.get_session_auth_hash())
    return token if same else None


def log_out(token: LoginToken) -> None:
    """End `token`."""
    token.delete()
