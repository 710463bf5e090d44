"""Items of usage logs, as JSON or XML has them, to checked plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from partners.api.errors import PartnerError, invalid, missing
from partners.api.parameters import country_of, whole
from partners.choices import END_REASONS, PLAY_MODES, PLAY_TYPES, PlayKind
from partners.services.times import parse_moment
from partners.services.usage_logs import PlayedItem

OLDEST: Final = timedelta(days=61)
GRACE: Final = timedelta(seconds=60)  # that a partner's clock may be fast
LONGEST_AGENT: Final = 256  # characters; a longer one is cut
LONGEST_ID: Final = 255
TOO_OLD: Final = "DateTimePlayed is not within the two month window"
_NEEDED: Final = {
    PlayKind.SUBSCRIPTION: ("trackId", "releaseId", "formatId", "dateTimePlayed", "totalTimePlayed", "userAgent"),
    PlayKind.CATALOGUE: (
        "trackId", "releaseId", "formatId", "endReason", "dateTimePlayed", "totalTimePlayed", "userAgent",
    ),
    PlayKind.PREVIEW: (
        "userId", "country", "trackId", "playMode", "dateTimePlayed", "totalTimePlayed", "userAgent",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Around:
    """What holds for all items of a request: its kind, user and country, and where the partner is served."""

    kind: PlayKind
    user_id: str | None
    country: str
    countries: frozenset[str]
    now: datetime


def played_item(item: object, around: Around) -> PlayedItem:
    """Return one item as a checked play. Raises `PartnerError` with its first fault: missing ones before invalid."""
    said = _said(item)
    _refuse_missing(said, around)
    return PlayedItem(
        user_id=_user_id(said, around),
        country=_country(said, around),
        track_id=_whole(said, "trackId"),
        release_id=_whole(said, "releaseId") if "releaseid" in said else None,
        format_id=_whole(said, "formatId") if "formatid" in said else None,
        play_mode=_choice(said, "playMode", PLAY_MODES),
        end_reason=_choice(said, "endReason", END_REASONS),
        play_type=_choice(said, "playType", PLAY_TYPES) or ("view" if around.kind is PlayKind.PREVIEW else ""),
        played_at=_moment(said["datetimeplayed"], around.now),
        seconds=_whole(said, "totalTimePlayed", least=0),
        user_agent=_text(said, "userAgent")[:LONGEST_AGENT],
    )


def _said(item: object) -> dict[str, str]:
    """The item's fields by their names in lower case; numbers as their digits. What is empty is not said."""
    if not isinstance(item, Mapping):
        raise PartnerError(1002, "An item of the log is none.")
    return {str(name).lower(): _as_text(name, value) for name, value in item.items() if value not in (None, "")}


def _as_text(name: object, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid(str(name), value)
    return str(value)


def _refuse_missing(said: Mapping[str, str], around: Around) -> None:
    for name in _NEEDED[around.kind]:
        if name.lower() not in said:
            raise missing(name)
    if around.kind is PlayKind.SUBSCRIPTION and not {"playmode", "endreason"} & said.keys():
        raise missing("playMode")
    if around.user_id is None and "userid" not in said:
        raise missing("userId")


def _user_id(said: Mapping[str, str], around: Around) -> str:
    own = said.get("userid") or around.user_id or ""
    if around.user_id not in (None, own) or "\0" in own or len(own) > LONGEST_ID:
        raise invalid("userId", own)
    return own


def _country(said: Mapping[str, str], around: Around) -> str:
    if around.kind is not PlayKind.PREVIEW:
        return around.country
    return country_of("country", said["country"], around.countries)


def _whole(said: Mapping[str, str], name: str, *, least: int = 1) -> int:
    return whole(name, said[name.lower()], least=least)


def _choice(said: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = said.get(name.lower(), "")
    if value and value not in choices:
        raise invalid(name, value)
    return value


def _text(said: Mapping[str, str], name: str) -> str:
    value = said[name.lower()]
    if "\0" in value:
        raise invalid(name, "")
    return value


def _moment(text: str, now: datetime) -> datetime:
    found = parse_moment(text)
    if found is None:
        raise invalid("dateTimePlayed", text)
    if not now - OLDEST < found <= now + GRACE:
        raise PartnerError(1002, TOO_OLD)
    return found
