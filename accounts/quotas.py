"""Quotas of an organisation: files in flight, bytes a day, requests a minute.

Each has a default for all (`oas.kernel.config`), which a field of the organisation overrides.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import BytesOfDay, Organisation

_TAKE: Final = """
INSERT INTO accounts_bytesofday AS used (organisation_id, day, bytes) VALUES (%(organisation)s, %(day)s, %(bytes)s)
ON CONFLICT (organisation_id) DO UPDATE
SET day = excluded.day, bytes = excluded.bytes + CASE WHEN used.day = excluded.day THEN used.bytes ELSE 0 END
WHERE excluded.bytes + CASE WHEN used.day = excluded.day THEN used.bytes ELSE 0 END <= %(most)s
"""
_GIVE_BACK: Final = """
UPDATE accounts_bytesofday SET bytes = GREATEST(0, bytes - %(bytes)s)
WHERE organisation_id = %(organisation)s AND day = %(day)s
"""
_ENDLESS: Final = 2**62


def most_files(organisation: Organisation) -> int:
    """The number of files that may be in flight at the same time."""
    own = organisation.most_files_in_flight
    return settings.CONFIG.files_in_flight if own is None else own


def most_bytes(organisation: Organisation) -> int:
    """The number of bytes that may be sent in a day (UTC)."""
    own = organisation.most_bytes_a_day
    return settings.CONFIG.bytes_a_day if own is None else own


def most_requests(organisation: Organisation) -> int:
    """The number of requests that all people and keys of `organisation` together may send in a minute."""
    own = organisation.most_requests_a_minute
    return settings.CONFIG.organisation_requests_per_minute if own is None else own


def take_bytes(organisation: Organisation, size: int) -> bool:
    """Count `size` bytes of today. Returns False, and counts nothing, when that would be over the quota."""
    # One statement, so that of many calls at the same time no more pass than there is room for.
    most = most_bytes(organisation)
    return size <= most and _take(organisation, size, most)


def note_bytes(organisation: Organisation, size: int) -> None:
    """Count `size` bytes that have been received already, also over the quota."""
    _take(organisation, size, _ENDLESS)


def give_bytes_back(organisation: Organisation, size: int) -> None:
    """Take `size` bytes off those counted today; those of an earlier day count no more."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"organisation": organisation.pk, "bytes": size, "day": _today()})


def bytes_today(organisation: Organisation) -> int:
    """The bytes counted today (UTC)."""
    row = BytesOfDay.objects.of(organisation).filter(day=_today()).first()
    return 0 if row is None else row.bytes


def seconds_of_day_left() -> int:
    """Seconds until the next day (UTC) begins, 1 at least."""
    now = timezone.now()
    midnight = datetime.combine(_today() + timedelta(days=1), datetime.min.time(), UTC)
    return max(1, round((midnight - now).total_seconds()))


def _take(organisation: Organisation, size: int, most: int) -> bool:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"organisation": organisation.pk, "day": _today(), "bytes": size, "most": most}
        cursor.execute(_TAKE, values)
        return bool(cursor.rowcount == 1)


def _today() -> date:
    return timezone.now().astimezone(UTC).date()
