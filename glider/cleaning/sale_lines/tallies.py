"""Counts and adds up the lines of a file once, finely enough that all of its figures follow from the tally.

A tally is small whatever the file: a row per reason, member, period, statement period and currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from glider.canonical.interning import with_strings
from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.reason_codes import SKIPPING
from oas.kernel.amounts import add_up

KEYS: Final = (REASON, "source_part", "period", "statement_period", "currency")
ROWS: Final = "rows"
MONEY: Final = "money"


def tally_lines(lines: Path) -> pl.DataFrame:
    """Return the tally of the staged `lines`: `KEYS`, `rows`, and the sums of `net`, `quantity` and `money`.

    `money` is the absolute amount of a line: its net, or its gross where it has no net that can be read.
    """
    groups = scan_lines(lines).group_by(KEYS)
    money = pl.coalesce("net", "gross").abs().sum().alias(MONEY)
    tally = groups.agg(pl.len().cast(pl.Int64).alias(ROWS), pl.col("net", "quantity").sum(), money)
    return with_strings(tally).collect(engine="streaming")


def with_blank_lines(tally: pl.DataFrame, counts: Mapping[str, int]) -> pl.DataFrame:
    """`tally` with the blank lines that were taken out of the texts: the name of the member → their number."""
    found = {name: count for name, count in counts.items() if count}
    if not found:
        return tally
    blank = {REASON: "blank_line", "net": Decimal(0), "quantity": 0}
    rows = [{**dict.fromkeys(tally.columns), **blank, "source_part": name, ROWS: n} for name, n in found.items()]
    return pl.concat([tally, pl.DataFrame(rows, schema=tally.schema)])


def figures_of(tally: pl.DataFrame) -> dict[str, Any]:
    """Return the fields of a `CleaningResult` that are counts and sums, by name."""
    by_reason = _by_reason(tally)
    reasons = {str(reason): count for reason, (count, _) in sorted(by_reason.items(), key=str) if reason is not None}
    skipped = sum(reasons.get(reason, 0) for reason in SKIPPING)
    accepted, net = by_reason.get(None, (0, Decimal(0)))
    rejected = sum(reasons.values()) - skipped
    return {
        "rows_read": int(tally[ROWS].sum()),
        "accepted": accepted,
        "skipped": skipped,
        "rejected": rejected,
        "reasons": reasons,
        "net_read": _net_read(tally),
        "net_accepted": net,
        "net_rejected": add_up(net for reason, (_, net) in by_reason.items() if _rejects(reason)),
        "money_read": _money(tally.filter(~_is_skipped())),
        "money_rejected": _money(tally.filter(~_is_skipped() & pl.col(REASON).is_not_null())),
        **_spans(tally.filter(pl.col(REASON).is_null())),
    }


def _rejects(reason: str | None) -> bool:
    return reason is not None and reason not in SKIPPING


def _by_reason(tally: pl.DataFrame) -> dict[str | None, tuple[int, Decimal]]:
    groups = tally.group_by(REASON).agg(pl.col(ROWS, "net").sum())
    return {reason: (count, net or Decimal(0)) for reason, count, net in groups.iter_rows()}


def _net_read(tally: pl.DataFrame) -> Decimal:
    """The sum of all net amounts that could be read, of accepted and rejected lines."""
    total: Decimal | None = tally.filter(~_is_skipped()).select(pl.col("net").sum()).item()
    return total or Decimal(0)


def _is_skipped() -> pl.Expr:
    return pl.col(REASON).is_in(SKIPPING).fill_null(False)


def _money(tally: pl.DataFrame) -> dict[str, Decimal]:
    """Currency, empty where it is unknown → absolute amounts."""
    sums = tally.group_by(pl.col("currency").fill_null("")).agg(pl.col(MONEY).sum()).sort("currency")
    return dict(sums.iter_rows())


def _spans(accepted: pl.DataFrame) -> dict[str, Any]:
    currencies = accepted.group_by("currency").agg(pl.col("net").sum()).sort("currency")
    return {
        "periods": _months(accepted["period"]),
        "statement_periods": _months(accepted["statement_period"]),
        "net_by_currency": dict(currencies.iter_rows()),
    }


def _months(days: pl.Series) -> list[str]:
    return days.drop_nulls().unique().sort().dt.strftime("%Y-%m").to_list()
