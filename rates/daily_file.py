"""The daily look at the reference rates that the ECB publishes: a file of all days since 1999.

The file comes from outside, so it must be what the file that came with OAS was, and more: a broken, shortened or
different one changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from oas.kernel.config import config
from oas.kernel.http import safe_http
from oas.kernel.workspace import workspace
from rates.reference import MOST_BYTES, BadReferenceFile, DayRate, read_reference
from rates.services import Known, Loaded, load
from rates.shipped import shipped_rates

log = structlog.get_logger(__name__)
SECONDS: Final = 60.0
# The ECB corrects a rate now and then. A file that differs in more places is another one: `manage.py load_rates` takes
# it, if a person wants that.
MOST_CORRECTIONS: Final = 50


class NotFetched(Exception):
    """The file could not be had, or is not to be trusted; nothing was changed. The text says why."""


def fetch_rates() -> Loaded | None:
    """Fetch the file at `OAS_RATES_URL` and load what is new in it; None when no address is set.

    Idempotent, also at the same time as itself. Raises `NotFetched`.
    """
    address = config().rates_url
    if not address:
        return None
    with workspace(config().work_dir) as folder:
        rates = _read(address, folder / "rates")
    known = {(rate.currency, rate.day): rate.units for rate in shipped_rates()}
    _refuse_other(rates, known)
    loaded = load(rates, besides=known)
    log.info("rates_fetched", new=loaded.new, changed=loaded.changed)
    return loaded


def _read(address: str, path: Path) -> list[DayRate]:
    try:
        _download(address, path)
        return read_reference(path)
    except safe_http.HttpError as error:
        raise NotFetched(f"The file could not be fetched. {error}") from error
    except BadReferenceFile as error:
        raise NotFetched(f"What was fetched is no file of rates. {error.problems[0]}") from error


def _download(address: str, path: Path) -> None:
    """Write what `address` answers to `path`. Raises `HttpError`, `NotFetched`."""
    with safe_http.request(address, most_bytes=MOST_BYTES, seconds=SECONDS) as answer, path.open("wb") as file:
        if answer.status != 200:
            raise NotFetched(f"The address answers {answer.status}.")
        for piece in answer.pieces:
            file.write(piece)


def _refuse_other(rates: list[DayRate], known: Known) -> None:
    """Raise `NotFetched` if `rates` lack one that is `known`, differ in many, or are of days to come."""
    found = {(rate.currency, rate.day): rate.units for rate in rates}
    lost = sorted(known.keys() - found.keys())
    if lost:
        raise NotFetched(f"The file lacks {len(lost)} rates that are known, such as {lost[0][0]} on {lost[0][1]}.")
    changed = sum(found[place] != units for place, units in known.items())
    if changed > MOST_CORRECTIONS:
        raise NotFetched(f"The file differs from what is known in {changed} rates.")
    newest = max(day for _, day in found)
    if newest > datetime.now(tz=UTC).date():
        raise NotFetched(f"The file has a rate of a day to come, {newest}.")
