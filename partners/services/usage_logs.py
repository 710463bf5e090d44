"""Usage logs: plays as partners report them, stored whole or not at all, and each once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from partners.choices import PlayKind
from partners.models import ConsumerKey, Partner, PartnerUser


@dataclass(frozen=True)
class PlayedItem:
    """One item of a usage log, checked. `release_id` and `format_id` are None in previews; `seconds` is 0 or more."""

    user_id: str
    country: str
    track_id: int
    release_id: int | None
    format_id: int | None
    play_mode: str
    end_reason: str
    play_type: str
    user_agent: str
    seconds: int
    played_at: datetime

    def digest(self, kind: PlayKind) -> bytes:
        """Return what two items have in common only if they are the same play of `kind`."""
        parts = [kind.value, *(str(getattr(self, name)) for name in _NAMES)]
        # Lengths come before the parts, so that no two items of different parts can read alike.
        return hashlib.sha1("".join(f"{len(part)}:{part}" for part in parts).encode(), usedforsecurity=False).digest()


_NAMES: Final = tuple(each.name for each in fields(PlayedItem))
_COLUMNS: Final = {
    "user_id": "text", "country": "text", "track_id": "int", "release_id": "int", "format_id": "int",
    "play_mode": "text", "end_reason": "text", "play_type": "text", "user_agent": "text", "seconds": "int",
    "played_at": "timestamptz",
}  # fmt: skip
_INSERT: Final = f"""
    INSERT INTO partners_play
        (partner_id, kind, key_name, received_at, digest, {", ".join(_COLUMNS)})
    SELECT %s, %s, %s, %s, sent.*
    FROM unnest(%s::bytea[], {", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())}) AS sent
    ON CONFLICT (partner_id, digest) DO NOTHING
"""


def store_plays(*, key: ConsumerKey, kind: PlayKind, items: Sequence[PlayedItem]) -> int:
    """Store `items` in one statement; returns how many were new. Idempotent, also beside itself."""
    # Each once, and in the order of their digests: two requests with the same items lock them in the same order.
    once = {item.digest(kind): item for item in items}
    ordered = sorted(once)
    columns: list[Any] = [[getattr(once[digest], name) for digest in ordered] for name in _COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [key.partner_id, kind.value, key.name, timezone.now(), ordered, *columns])
        return int(cursor.rowcount)


def subscribers(partner: Partner, user_ids: Sequence[str]) -> dict[str, bool]:
    """Return user id → whether it has ever had a subscription, of those that exist. One query."""
    rows = PartnerUser.objects.of(partner).filter(user_id__in=set(user_ids))
    return {user_id: found is not None for user_id, found in rows.values_list("user_id", "subscription__id")}
