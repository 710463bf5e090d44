"""Exchange rates of a sales file: which rate each of its currencies is imported with, and where that comes from.

Amounts of two currencies are never added as they are: without a rate that was given or is known, a file stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from glider.contract import CleaningResult
from jobs.models import Job
from oas.kernel.amounts import format_amount
from rates.choices import Origin
from rates.services import FoundRate, find_rate
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import SalesFile

GIVE: Final = "Give the file an exchange_rate (1 is one, too), or load rates"
LOAD: Final = "Load rates"
HOW: Final = "(manage.py load_rates, or the admin); then import the file again."


def rates_of(file: SalesFile, cleaning: CleaningResult) -> dict[str, FoundRate]:
    """Return currency → its rate against that of the books: revenue is net times the rate.

    `exchange_rate` of `file` is used as it was given when the file has one currency. Else each currency has the rate of
    `rate_month`, and that of the books is 1. Raises `ExchangeRateMissing`, or `SeveralCurrencies` when the one that was
    given cannot be right for all.
    """
    currencies = sorted(cleaning.net_by_currency)
    if len(currencies) == 1 and file.exchange_rate is not None:
        return {currencies[0]: FoundRate(Decimal(format_amount(file.exchange_rate)), Origin.GIVEN)}
    own, month = file.organisation.currency, rate_month(file, cleaning)
    found = {currency: find_rate(currency, own, month) for currency in currencies}
    missing = [currency for currency, rate in found.items() if rate is None]
    if missing:
        raise _refusal(file, cleaning, missing, month)
    return {currency: rate for currency, rate in found.items() if rate is not None}


def _named(cleaning: CleaningResult) -> str:
    """Return the currencies of the file, each with the line that shows it where Glider told one."""
    examples = cleaning.currency_examples
    currencies = sorted(cleaning.net_by_currency)
    return ", ".join(f"{each} ({examples[each]})" if each in examples else each for each in currencies)


def rate_month(file: SalesFile, cleaning: CleaningResult) -> str:
    """Return the newest statement period, else the reporting period, else the newest month of sales, as YYYY-MM."""
    return max(cleaning.statement_periods, default="") or file.reporting_period or max(cleaning.periods, default="")


def amounts_of(rates: Mapping[str, FoundRate]) -> dict[str, Decimal]:
    """Return currency → the rate itself, as the importer takes it."""
    return {currency: Decimal(format_amount(found.rate)) for currency, found in rates.items()}


def recorded(rates: Mapping[str, FoundRate], to_currency: str) -> list[dict[str, Any]]:
    """Return `rates` as a sales file keeps and shows them."""
    return [
        {
            "currency": currency,
            "to_currency": to_currency,
            "rate": format_amount(found.rate),
            "origin": str(found.origin),
            "period": found.period,
            "source": found.source,
        }
        for currency, found in sorted(rates.items())
    ]


def rates_used(job: Job) -> dict[str, Decimal]:
    """Return the exchange rates in the message of an importer `job`, by currency."""
    return {currency: Decimal(rate) for currency, rate in job.message["exchange_rates"].items()}


def rates_behind(file: SalesFile, job: Job) -> list[dict[str, Any]]:
    """Return the rates that the importer `job` of `file` was given, each with its origin.

    Raises `ExchangeRateMissing` for a rate that was neither given nor known: earlier versions of OAS took 1 then, and
    such an import may still be on its way to be counted.
    """
    used = rates_used(job)
    if file.rates is not None and used == {each["currency"]: Decimal(each["rate"]) for each in file.rates}:
        return list(file.rates)
    found = rates_of(file, CleaningResult.model_validate(job.message["cleaning"]))
    if amounts_of(found) != used:
        raise ExchangeRateMissing("It was imported at an exchange rate that is not known. Import it again.")
    return recorded(found, file.organisation.currency)


def _refusal(
    file: SalesFile, cleaning: CleaningResult, missing: Sequence[str], month: str
) -> ExchangeRateMissing | SeveralCurrencies:
    own, of = file.organisation.currency, " and ".join(missing)
    text = f"There is no exchange rate from {of} to {own} for {month}."
    if len(cleaning.net_by_currency) == 1:
        return ExchangeRateMissing(f"{text} {GIVE} {HOW}", currency=of, to_currency=own, period=month)
    several = f"The file has amounts in {_named(cleaning)}, and one exchange rate cannot be right for all."
    if file.exchange_rate is not None:
        return SeveralCurrencies(f"{several} {text} {LOAD} {HOW}")
    return ExchangeRateMissing(f"{text} {several} {LOAD} {HOW}", currency=of, to_currency=own, period=month)


# --- what counts ---


def is_stale(file: SalesFile) -> bool:
    """Return whether the numbers of `file` that count were made at another rate than is given now."""
    if file.live_revision is None:
        return False
    if file.live_rates is None:
        return _counts_at_no_rate(file)
    # A rate that is given is none of several currencies, so it changes nothing there.
    if len(file.live_rates) != 1:
        return False
    used = file.live_rates[0]
    if file.exchange_rate is None:
        return bool(used["origin"] == Origin.GIVEN)
    return bool(Decimal(used["rate"]) != file.exchange_rate)


def _counts_at_no_rate(file: SalesFile) -> bool:
    """Return whether a version of OAS that took 1 where no rate was known has counted `file` so."""
    used = Decimal(1) if file.used_rate is None else file.used_rate
    if file.exchange_rate is not None:
        return bool(used != file.exchange_rate)
    return used == 1 and file.currency not in ("", file.organisation.currency)
