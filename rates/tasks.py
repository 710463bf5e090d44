"""Celery task of exchange rates, once a day on the OAS worker. It may run twice, or at the same time as itself."""

from __future__ import annotations

from oas.celery import app
from rates.daily_file import NotFetched, fetch_rates

FETCH = "rates.fetch"
LIMIT = 300  # seconds


@app.task(
    name=FETCH,
    time_limit=LIMIT,
    soft_time_limit=LIMIT - 10,
    # Most errors of the way are over in minutes; what remains is fetched tomorrow, with all days in between.
    autoretry_for=(NotFetched,),
    retry_backoff=60,
    max_retries=3,
)
def fetch() -> None:
    """Fetch the published reference rates."""
    fetch_rates()
