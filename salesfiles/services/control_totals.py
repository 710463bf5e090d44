"""The control totals: identities that must hold before a sales file is FINALIZED.

Lines read = accepted + rejected + skipped; net read = net accepted + net rejected; lines, net and revenue of the import
= those of cleaning; the sum over periods, and over each dimension, = the whole; stated totals = the sums of the lines.
One that does not hold keeps the file at PROCESSED, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from glider.contract import Check, CleaningResult, ImporterResult
from oas.kernel.amounts import add_up, exact, format_amount

_HALF_A_UNIT = Decimal("0.5e-18")  # revenue is rounded to 18 decimals on every line


def all_checks(cleaning: CleaningResult, importer: ImporterResult, rates: Mapping[str, Decimal]) -> list[Check]:
    """Return Glider's own checks, and those made here over the results of both modules.

    `rates`: currency → the rate of the importer's message. An identity that both checked is in the list once, and ties
    only when both found that it does.
    """
    with exact():
        ours = [*_of_cleaning(cleaning), *_of_importer(cleaning, importer, rates)]
    by_name: dict[str, Check] = {}
    for check in (*cleaning.checks, *importer.checks, *ours):
        if check.name not in by_name or by_name[check.name].tied:
            by_name[check.name] = check
    return list(by_name.values())


def describe_failures(checks: Iterable[Check]) -> str:
    """Return a sentence that names each check that does not tie; empty when all do."""
    failures = [f"{check.name}: expected {check.expected}, found {check.found}" for check in checks if not check.tied]
    return f"These numbers do not tie. {'; '.join(failures)}." if failures else ""


def _of_cleaning(cleaning: CleaningResult) -> list[Check]:
    rows = cleaning.accepted + cleaning.rejected + cleaning.skipped
    return [
        _equal("rows read = accepted + rejected + skipped", cleaning.rows_read, rows),
        _equal(
            "net read = net accepted + net rejected", cleaning.net_read, cleaning.net_accepted + cleaning.net_rejected
        ),
        _equal("net by currency = net accepted", cleaning.net_accepted, add_up(cleaning.net_by_currency.values())),
    ]


def _of_importer(cleaning: CleaningResult, importer: ImporterResult, rates: Mapping[str, Decimal]) -> list[Check]:
    parts = importer.parts
    return [
        _equal("lines imported = lines accepted", cleaning.accepted, importer.total_rows),
        _equal("lines by period = lines accepted", cleaning.accepted, sum(part.rows for part in parts)),
        _equal("net by period = net accepted", cleaning.net_accepted, add_up(part.net for part in parts)),
        _equal("revenue by period = total", importer.total_local, add_up(part.revenue for part in parts)),
        _revenue(cleaning, importer, rates),
    ]


def _revenue(cleaning: CleaningResult, importer: ImporterResult, rates: Mapping[str, Decimal]) -> Check:
    expected = _converted(cleaning, rates)
    # Each line is rounded by half a unit of the last decimal at most; at rate 1 nothing is rounded.
    slack = Decimal(0) if all(rate == 1 for rate in rates.values()) else _HALF_A_UNIT * cleaning.accepted
    tied = abs(expected - importer.total_local) <= slack
    return Check(
        name="net at the exchange rate = total",
        expected=format_amount(expected),
        found=format_amount(importer.total_local),
        tied=tied,
    )


def _converted(cleaning: CleaningResult, rates: Mapping[str, Decimal]) -> Decimal:
    """Return the net accepted, converted at `rates`. A currency without a rate adds nothing."""
    # The net by currency is not needed when all share one rate.
    if len(set(rates.values())) == 1:
        return cleaning.net_accepted * next(iter(rates.values()))
    nets = cleaning.net_by_currency.items()
    return add_up(net * rates.get(currency, Decimal(0)) for currency, net in nets)


def _equal(name: str, expected: Decimal | int, found: Decimal | int) -> Check:
    return Check(name=name, expected=format_amount(expected), found=format_amount(found), tied=expected == found)
