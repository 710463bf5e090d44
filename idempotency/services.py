"""Doing a request once, however often it is sent (draft-ietf-httpapi-idempotency-key-header-07).

The first one claims the key with one INSERT, and every other finds that row. A request that died on the way leaves a
claim without an answer: after `CLAIM_LASTS` the next one takes it over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, models
from django.utils import timezone

from idempotency.models import StoredResponse

KEPT: Final = timedelta(hours=24)
CLAIM_LASTS: Final = timedelta(minutes=2)  # longer than any request may take
MOST_ROWS: Final = 10_000  # that one sweep takes away
_ATTEMPTS: Final = 3

_CLAIM: Final = """
INSERT INTO idempotency_storedresponse AS kept
    (organisation_id, asker, key, method, path, fingerprint, claim, claimed_at, status, headers, body)
VALUES (%(organisation)s, %(asker)s, %(key)s, %(method)s, %(path)s, %(fingerprint)s, %(claim)s, %(now)s,
        NULL, '{}', '')
ON CONFLICT (organisation_id, asker, key, method, path) DO UPDATE
SET fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_at = excluded.claimed_at,
    status = NULL, headers = '{}', body = ''
WHERE kept.claimed_at <= %(expired)s OR (kept.status IS NULL AND kept.claimed_at <= %(abandoned)s)
"""


class KeyReused(Exception):
    """The key came before, with another request."""


class UnderWay(Exception):
    """The first request with this key has not been answered yet. `wait`: seconds until it would be given up."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True)
class RequestIdentity:
    """What makes two requests the same."""

    organisation: int
    asker: str
    key: str
    method: str
    path: str
    fingerprint: str


def claim(asked: RequestIdentity) -> UUID | StoredResponse:
    """A claim, for the one that is to do the work, or the answer it left. Raises `KeyReused`, `UnderWay`."""
    for _ in range(_ATTEMPTS):
        claim = _claim(asked)
        if claim is not None:
            return claim
        kept = _rows(asked).first()
        if kept is not None:  # else its claim was freed in between
            return _answer(kept, asked)
    raise UnderWay(1)


def store(claim: UUID, *, status: int, headers: dict[str, str], body: str) -> bool:
    """Whether the answer is the one that counts: False when the claim was taken over meanwhile."""
    rows = StoredResponse.objects.unscoped().filter(claim=claim, status=None)
    return rows.update(status=status, headers=headers, body=body) == 1


def release(claim: UUID) -> None:
    """The request had no lasting effect: the next one with this key is done anew."""
    StoredResponse.objects.unscoped().filter(claim=claim, status=None).delete()


def sweep() -> int:
    """Take away what is older than a day; says how many rows that were."""
    old = StoredResponse.objects.unscoped().filter(claimed_at__lte=timezone.now() - KEPT)
    ids = old.order_by("claimed_at").values("pk")[:MOST_ROWS]
    return StoredResponse.objects.unscoped().filter(pk__in=ids).delete()[0]


def _claim(asked: RequestIdentity) -> UUID | None:
    claim, now = uuid4(), timezone.now()
    times = {"now": now, "expired": now - KEPT, "abandoned": now - CLAIM_LASTS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**vars(asked), "claim": claim, **times})
        return claim if cursor.rowcount == 1 else None


def _rows(asked: RequestIdentity) -> models.QuerySet[StoredResponse]:
    rows = StoredResponse.objects.of(asked.organisation)
    return rows.filter(asker=asked.asker, key=asked.key, method=asked.method, path=asked.path)


def _answer(kept: StoredResponse, asked: RequestIdentity) -> StoredResponse:
    if kept.fingerprint != asked.fingerprint:
        raise KeyReused
    if kept.status is None:
        left = kept.claimed_at + CLAIM_LASTS - timezone.now()
        raise UnderWay(max(1, round(left.total_seconds())))
    return kept
