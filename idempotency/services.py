"""Do a request once, however often it is sent (draft-ietf-httpapi-idempotency-key-header-07).

The first request claims its key with one INSERT, and every other request with the key finds that row. A request that
died on the way leaves a claim without a response: after `CLAIM_LASTS` the next request takes it over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import connection, models
from django.utils import timezone

from idempotency.models import StoredResponse

STORED_FOR: Final = timedelta(hours=24)
CLAIM_LASTS: Final = timedelta(minutes=2)  # longer than any request may take
MOST_ROWS: Final = 10_000  # that one sweep deletes
_ATTEMPTS: Final = 3

# One statement, so that of several requests at the same time exactly one gets the claim.
_CLAIM: Final = """
INSERT INTO idempotency_storedresponse AS stored
    (organisation_id, caller, key, method, path, fingerprint, claim, claimed_at, status, headers, body)
VALUES (%(organisation)s, %(caller)s, %(key)s, %(method)s, %(path)s, %(fingerprint)s, %(claim)s, %(now)s,
        NULL, '{}', '')
ON CONFLICT (organisation_id, caller, key, method, path) DO UPDATE
SET fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_at = excluded.claimed_at,
    status = NULL, headers = '{}', body = ''
WHERE stored.claimed_at <= %(expired)s OR (stored.status IS NULL AND stored.claimed_at <= %(abandoned)s)
"""


class KeyReused(Exception):
    """The key came before, with another request."""


class UnderWay(Exception):
    """The first request with this key has no response yet. `wait`: seconds until its claim would be taken over."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True)
class RequestIdentity:
    """What makes two requests the same; with the same key, but another `fingerprint`, they are not."""

    organisation: int
    caller: str
    key: str
    method: str
    path: str
    fingerprint: str


def claim(request: RequestIdentity) -> UUID | StoredResponse:
    """A claim for the caller that is to do `request`, or the response that was stored for it.

    Raises `KeyReused`, `UnderWay`.
    """
    for _ in range(_ATTEMPTS):
        claim = _claim(request)
        if claim is not None:
            return claim
        stored = _rows(request).first()
        # Without a row the claim was released in between: the next attempt may get it.
        if stored is not None:
            return _response(stored, request)
    raise UnderWay(1)


def store(claim: UUID, *, status: int, headers: dict[str, str], body: str) -> bool:
    """Store the response to the request that holds `claim`. Returns False when the claim was taken over meanwhile."""
    rows = StoredResponse.objects.unscoped().filter(claim=claim, status=None)
    return rows.update(status=status, headers=headers, body=body) == 1


def release(claim: UUID) -> None:
    """Free the key: the request had no lasting effect, and the next one with the key is done again."""
    StoredResponse.objects.unscoped().filter(claim=claim, status=None).delete()


def sweep() -> int:
    """Delete rows older than `STORED_FOR`, at most `MOST_ROWS`; returns how many there were."""
    old = StoredResponse.objects.unscoped().filter(claimed_at__lte=timezone.now() - STORED_FOR)
    ids = old.order_by("claimed_at").values("pk")[:MOST_ROWS]
    return StoredResponse.objects.unscoped().filter(pk__in=ids).delete()[0]


def _claim(request: RequestIdentity) -> UUID | None:
    claim, now = uuid4(), timezone.now()
    times = {"now": now, "expired": now - STORED_FOR, "abandoned": now - CLAIM_LASTS}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**vars(request), "claim": claim, **times})
        return claim if cursor.rowcount == 1 else None


def _rows(request: RequestIdentity) -> models.QuerySet[StoredResponse]:
    rows = StoredResponse.objects.of(request.organisation)
    return rows.filter(caller=request.caller, key=request.key, method=request.method, path=request.path)


def _response(stored: StoredResponse, request: RequestIdentity) -> StoredResponse:
    if stored.fingerprint != request.fingerprint:
        raise KeyReused
    if stored.status is None:
        left = stored.claimed_at + CLAIM_LASTS - timezone.now()
        raise UnderWay(max(1, round(left.total_seconds())))
    return stored
