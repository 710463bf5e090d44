"""Times as partners send them: ISO 8601 with date and time, UTC where no offset is named."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_MOMENT: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def parse_moment(text: str) -> datetime | None:
    """Return the time that `text` states, in UTC; None if it states none. Nanoseconds are cut to microseconds."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    micro = int((found[7] or "0")[:6].ljust(6, "0"))
    try:
        offset = _offset(found[8])
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def month_after(moment: datetime) -> datetime:
    """Return the same day of the next month, or its last day where the month is shorter."""
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def _offset(text: str | None) -> timezone:
    """Raises ValueError for an offset of a day or more, or of 60 minutes or more."""
    if text is None or text in ("Z", "z"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes >= 60:
        raise ValueError(text)
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)
