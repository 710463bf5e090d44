#!/usr/bin/env bash
# One would guess that converting a currency for which there is no rate any more is an error, as it is for a date
# without one. Asked without a date, CurrencyConverter takes the last rate it has of the currency converted from,
# however old: roubles at that of March 2022, kroons at that of 2010, and of the other currency the rate of that same
# old day. The other way round it is an error, so a test of one direction does not show it. Statements in roubles still
# come, and each is off by what the currency has done since. OAS takes the mean of the month of the sale, and without a
# rate for that month there is no revenue.
#
# Seen on 2026-11-28:
#   currencyconverter 0.18.23
#   last rate of USD: 2026-10-30
#   last rate of RUB: 2022-03-01
#   last rate of EEK: 2010-12-31
#   100 RUB in EUR: 0.8532
#   100 RUB in USD: 0.9524
#   100 EEK in USD: 8.5399
#   100 USD in RUB: RateNotFoundError: 2026-10-30 not in RUB bounds 2005-04-01/2022-03-01
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq currencyconverter==0.18.23
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from currency_converter import CurrencyConverter, RateNotFoundError

print("currencyconverter", version("currencyconverter"))
converter = CurrencyConverter()


def answer(amount, source, target):
    try:
        return f"{converter.convert(amount, source, target):.4f}"
    except RateNotFoundError as error:
        return f"RateNotFoundError: {error}"


pairs = [("RUB", "EUR"), ("RUB", "USD"), ("EEK", "USD"), ("USD", "RUB")]
seen = [answer(100, *pair) for pair in pairs]
for currency in ("USD", "RUB", "EEK"):
    print(f"last rate of {currency}: {converter.bounds[currency].last_date}")
for (source, target), result in zip(pairs, seen, strict=True):
    print(f"100 {source} in {target}: {result}")
if seen[:3] != ["0.8532", "0.9524", "8.5399"] or not seen[3].startswith("RateNotFoundError"):
    raise SystemExit("The behaviour has changed.")
PYTHON
