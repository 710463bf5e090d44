"""Reason codes: why a line is not among the sale lines, whether it was rejected or skipped, and what to do about it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Reason(NamedTuple):
    """What one reason code means.

    `skips`: the line is no sale and was left out on purpose. Otherwise it was rejected, and the sender can mend it.
    `expected` stands in the rejects CSV: what the line should have held. `fields`: the fields of a sale line of whose
    cells one is at fault; none if it is the whole line.
    """

    skips: bool
    expected: str
    fields: tuple[str, ...] = ()


REASONS: Final[dict[str, Reason]] = {
    "blank_line": Reason(True, "nothing: the line is empty"),
    "total_line": Reason(True, "nothing: the line repeats the sum of others"),
    "summary_line": Reason(True, "nothing: the line belongs to a summary"),
    "usage_line": Reason(True, "nothing: the line counts uses; the amount stands in its summary"),
    "transfer": Reason(True, "nothing: money moved between accounts, not a sale"),
    "pending": Reason(True, "nothing: the payment is pending; the sale comes again once it is made"),
    "no_sale": Reason(True, "nothing: the line is no sale (shipping, a note)"),
    "nothing_of_kind": Reason(True, "nothing: the line has neither units nor money of this kind of sale"),
    "repeated_header": Reason(True, "nothing: the header again"),
    "too_many_cells": Reason(
        False, "as many cells as the header has; look for a separator inside a cell without quotes"
    ),
    "too_few_cells": Reason(False, "as many cells as the header has; the line may be cut off"),
    "broken_quotes": Reason(False, "every quote closed on its line, quotes inside a cell doubled"),
    "missing_net": Reason(False, "an amount in the net column", ("net",)),
    "bad_net": Reason(False, "an amount in the notation of the column, such as 1234.56", ("net",)),
    "bad_gross": Reason(False, "an amount in the notation of the column, such as 1234.56, or nothing", ("gross",)),
    "other_decimal_mark": Reason(
        False,
        "an amount with the decimal mark that the other cells of the column show, such as 1234.56 or 1234,56",
        ("net", "gross"),
    ),
    "other_currency": Reason(
        False, "an amount in the currency of the line or file; this one names another currency", ("net", "gross")
    ),
    "bad_quantity": Reason(False, "a whole number, or nothing", ("quantity",)),
    "missing_period": Reason(False, "the month or day of the sale", ("period",)),
    "bad_period": Reason(False, "a date in the notation of the layout", ("period",)),
    "bad_statement_period": Reason(False, "a date in the notation of the layout, or nothing", ("statement_period",)),
    "missing_currency": Reason(False, "a currency, such as EUR", ("currency",)),
    "bad_currency": Reason(False, "a currency code of ISO 4217, such as EUR", ("currency",)),
}
SKIPPING: Final = tuple(code for code, reason in REASONS.items() if reason.skips)
