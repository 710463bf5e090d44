"""Partners and their consumer keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from accounts.models import Organisation
from partners.models import ConsumerKey, Partner
from partners.services.secrets import encrypt, with_first_key

SECRET_BYTES = 32


class NewKey(NamedTuple):
    """A key that was just made, with its secret, which is not to be read again."""

    key: ConsumerKey
    secret: str


def create_partner(*, organisation: Organisation, name: str, countries: Iterable[str], partner_id: str = "") -> Partner:
    """Create a partner of `organisation`; without `partner_id` it gets a number at random. Raises IntegrityError."""
    number = partner_id or str(secrets.randbelow(9 * 10**8) + 10**8)
    partner = Partner(organisation=organisation, name=name, countries=sorted(set(countries)), partner_id=number)
    partner.full_clean(exclude=["organisation"])
    partner.save()
    return partner


def create_key(*, partner: Partner, name: str, key: str = "", secret: str = "", single_use: bool = False) -> NewKey:
    """Make a consumer key for `partner`; `key` and `secret` are made at random unless they are given."""
    clear = secret or secrets.token_urlsafe(SECRET_BYTES)
    made = ConsumerKey(
        partner=partner,
        name=name,
        key=key or secrets.token_urlsafe(16),
        encrypted_secret=encrypt(clear),
        single_use=single_use,
    )
    made.full_clean()
    made.save()
    return NewKey(made, clear)


def disable_key(key: ConsumerKey) -> None:
    """Refuse requests signed with `key` from now on. Idempotent: the first time stays."""
    ConsumerKey.objects.filter(pk=key.pk, disabled_at=None).update(disabled_at=timezone.now())
    key.refresh_from_db()


def find_key(text: str) -> ConsumerKey | None:
    """Return the key `text` of an active partner; None if it is unknown or disabled."""
    keys = ConsumerKey.objects.select_related("partner__organisation").filter(disabled_at=None)
    return keys.filter(key=text, partner__is_active=True).first()


def rotate_secrets() -> int:
    """Encrypt every secret with the first key of the configuration; returns their number. Safe beside itself."""
    count = 0
    for key in ConsumerKey.objects.only("pk", "encrypted_secret").iterator():
        # Conditional: a secret that was changed meanwhile stays as it is.
        same = ConsumerKey.objects.filter(pk=key.pk, encrypted_secret=key.encrypted_secret)
        count += same.update(encrypted_secret=with_first_key(key.encrypted_secret))
    return count
