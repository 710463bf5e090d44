"""Reads summary records of DDEX reports: what they state about the sales that refer to them, and money of their own.

`AllocatedRevenue` is what is allocated to the rights controller, `AllocatedNetRevenue` the revenue it is calculated
from, `NetRevenue` that of the whole service (part 8 of the standard).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from glider.cleaning.readers.ddex import text
from glider.cleaning.readers.ddex.blocks import BLOCK, CELLS, Piece
from glider.cleaning.readers.ddex.survey import KIND, Survey
from glider.cleaning.recognition.csv_table import ROW
from glider.cleaning.recognition.stated_totals import StatedTotal, amount_of
from oas.kernel.amounts import add_up

_CONTEXT: Final = (
    "SummaryRecordId", "RightsController", "CommercialModel", "UseType", "Territory", "DistributionChannel",
)  # fmt: skip
_SPANS: Final = ("ReportingPeriodStartDate", "ReportingPeriodEndDate", "SubPeriodStartDate", "SubPeriodEndDate")
_CURRENCIES: Final = ("CurrencyOfAccounting", "CurrencyOfReporting")
_FEE: Final = "UsageIndependentFeeInCurrencyOfAccounting"
_FINAL: Final = "FinalTotalAmountInCurrencyOfAccounting"
_AMOUNTS: Final = (
    "AllocatedRevenue", "AllocatedNetRevenue", "NetRevenue", "AllocatedUsages", "TotalUsages", _FEE, _FINAL,
)  # fmt: skip
_WHOLE_SERVICE: Final = ("SY04", "SY09", "SY11")  # repeat what other summaries state, or split it further


def summaries(survey: Survey) -> pl.DataFrame:
    """Every summary record: `row`, `kind`, the cells above by name (empty ones null), `Currency`, `Start` and `End`."""
    records = survey.summaries.rename({"cells": CELLS}).with_columns(pl.lit(None, dtype=pl.String).alias(BLOCK))
    names = (*_CONTEXT, *_SPANS, *_CURRENCIES, *_AMOUNTS)
    found = Piece(records, survey.cells).select(["SY"], names).drop(BLOCK)
    found = found.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names)
    return found.with_columns(
        pl.coalesce(_CURRENCIES).alias("Currency"),
        pl.coalesce("ReportingPeriodStartDate", "SubPeriodStartDate").alias("Start"),
        pl.coalesce("ReportingPeriodEndDate", "SubPeriodEndDate").alias("End"),
    )


def with_context(lines: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """`lines` with what their summary states; of several with one id, that of the line's own rights controller."""
    context = known.select(*_CONTEXT, "Currency", "Start", "End")
    by_id = context.unique("SummaryRecordId", keep="first", maintain_order=True).drop("RightsController")
    by_both = context.unique(["SummaryRecordId", "RightsController"], keep="first", maintain_order=True)
    if "RightsController" not in lines.columns:
        lines = lines.with_columns(pl.lit(None, dtype=pl.String).alias("RightsController"))
    found = lines.join(by_both, on=["SummaryRecordId", "RightsController"], how="left")
    found = found.join(by_id, on="SummaryRecordId", how="left", suffix="_any")
    names = [name for name in by_id.columns if name != "SummaryRecordId"]
    return found.with_columns(pl.coalesce(name, f"{name}_any").alias(name) for name in names)


def summary_lines(known: pl.DataFrame) -> pl.DataFrame:
    """The summaries as the lines of a report in which only they have amounts; those that repeat others are skipped."""
    allocated = known.filter(pl.any_horizontal(pl.col("AllocatedRevenue", "AllocatedNetRevenue").is_not_null()))
    final = known.filter(pl.col(_FINAL).is_not_null())
    whole = known.filter(~pl.col(KIND).str.starts_with(_WHOLE_SERVICE[0]) & _sums())
    # The most exact amounts there are: final totals, what is allocated to the label, revenue of the whole service.
    carrying = next((some for some in (final, allocated, whole) if some.height), known)
    net = pl.coalesce(text.total(pl.col(_FINAL)), "AllocatedRevenue", "AllocatedNetRevenue", "NetRevenue")
    quantity = "AllocatedUsages" if carrying is allocated or carrying is final else "TotalUsages"
    return known.with_columns(
        net.alias("Net"),
        pl.coalesce("AllocatedNetRevenue", "NetRevenue").alias("Gross"),
        pl.col(quantity).fill_null("0").alias("Quantity"),
        pl.col("RightsController").alias("Label"),
        pl.when(~pl.col(ROW).is_in(carrying[ROW].to_list())).then(pl.lit("summary_line")).alias("Skip"),
    )


def _sums() -> pl.Expr:
    kinds = pl.col(KIND).str.head(4)
    return ~kinds.is_in(_WHOLE_SERVICE)


def fee_lines(known: pl.DataFrame) -> pl.DataFrame:
    """The summaries of a report whose sales have amounts: fees that belong to no use are lines, others are skipped."""
    fee = text.total(pl.col(_FEE))
    without = fee.is_null() | (fee.cast(pl.Decimal(38, 18), strict=False) == 0).fill_null(False)
    return known.with_columns(
        fee.alias("Net"),
        pl.lit("0").alias("Quantity"),
        pl.lit("UsageIndependentFee").alias("UseType"),
        pl.when(without).then(pl.lit("summary_line")).alias("Skip"),
    )


def final_totals(known: pl.DataFrame, member: str) -> list[StatedTotal]:
    """The totals that the summaries of a financial report state for `member`, one per currency."""
    stated = known.filter(pl.col(_FINAL).is_not_null())
    found = []
    for (currency,), summaries_of in stated.group_by("Currency", maintain_order=True):
        amounts = [amount_of([cell]) for cell in summaries_of[_FINAL]]
        if all(amount is not None for amount in amounts):
            total = add_up(amount for amount in amounts if amount is not None)
            name = f"net read = final totals of the summary records in {currency}"
            found.append(StatedTotal(name, total, (member,), currency=str(currency)))
    return found


def only_currency(known: pl.DataFrame) -> str | None:
    """The currency of the summaries, if they all have the same."""
    found = known["Currency"].drop_nulls().unique().to_list()
    return str(found[0]) if len(found) == 1 else None
