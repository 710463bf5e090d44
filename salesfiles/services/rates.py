"""Exchange rates of a sales file: which rate each of its currencies is imported with."""

from __future__ import annotations

from decimal import Decimal

from glider.contract import CleaningResult
from oas.kernel.amounts import format_amount
from rates.services import rate_for, rates_known
from salesfiles.errors import ExchangeRateMissing, SeveralCurrencies
from salesfiles.models import SalesFile


def rates_of(file: SalesFile, cleaning: CleaningResult) -> dict[str, Decimal]:
    """Return currency → rate: revenue is net times the rate.

    `exchange_rate` of `file` is used as it was given when the file has one currency. Else each currency has the loaded
    rate of the month (`rate_month`) against the organisation's currency; 1 while no rates are loaded at all. Raises
    `ExchangeRateMissing`, `SeveralCurrencies` (no rates are loaded, and 1 cannot be right for several currencies).
    """
    currencies = sorted(cleaning.net_by_currency)
    if len(currencies) == 1 and file.exchange_rate is not None:
        return {currencies[0]: Decimal(format_amount(file.exchange_rate))}
    own = file.organisation.currency
    if rates_known():
        month = rate_month(file, cleaning)
        return {currency: _rate(currency, own, month) for currency in currencies}
    if len(currencies) > 1:
        text = f"The file has amounts in {', '.join(currencies)}, and one exchange rate cannot be right for all."
        raise SeveralCurrencies(f"{text} Load exchange rates (manage.py load_rates), then import it again.")
    return dict.fromkeys(currencies, Decimal(1))


def rate_month(file: SalesFile, cleaning: CleaningResult) -> str:
    """Return the newest statement period, else the reporting period, else the newest month of sales, as YYYY-MM."""
    return max(cleaning.statement_periods, default="") or file.reporting_period or max(cleaning.periods, default="")


def _rate(currency: str, own: str, month: str) -> Decimal:
    rate = rate_for(currency, own, month)
    if rate is not None:
        return Decimal(format_amount(rate))
    text = f"There is no exchange rate from {currency} to {own} for {month}."
    advice = "Load it (manage.py load_rates, or the admin), or set exchange_rate; then import the file again."
    raise ExchangeRateMissing(f"{text} {advice}", currency=currency, to_currency=own, period=month)
