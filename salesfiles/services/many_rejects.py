"""Many rejects: a sales file of which too much was rejected waits for a person, as its total lacks what they hold.

How much is too much is the organisation's (`most_rejected`, percent). It is decided exactly, from the figures of
cleaning that are in the snapshot's header too: by lines, and by the money that can be read on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from glider.contract import CleaningResult
from oas.kernel.amounts import exact, format_amount

_ADVICE = "Look at the rejected lines: accept the file as it is, or mend it and send it again."


def describe_many(cleaning: CleaningResult, most: Decimal) -> str:
    """Return a sentence that says what was rejected, if it is more than `most` percent; empty if it is not.

    Skipped lines are no sales and count on neither side. Money is compared in each currency by itself, in absolute
    amounts, so that returns do not hide sales; an amount on a line without a currency counts in each of them.
    """
    lines = cleaning.accepted + cleaning.rejected
    found = [_share("lines", cleaning.rejected, lines)] if _is_more(cleaning.rejected, lines, most) else []
    for currency, (rejected, whole) in _money(cleaning.money_rejected, cleaning.money_read).items():
        if _is_more(rejected, whole, most):
            found.append(_share(currency, rejected, whole))
    if not found:
        return ""
    return f"Rejected were {', and '.join(found)}; up to {format_amount(most)} % may be. {_ADVICE}"


def _is_more(part: Decimal | int, whole: Decimal | int, most: Decimal) -> bool:
    with exact():
        return part * 100 > most * whole


def _money(rejected: Mapping[str, Decimal], read: Mapping[str, Decimal]) -> dict[str, tuple[Decimal, Decimal]]:
    """Currency → the money that was rejected, and all of it; without any currency the money is under an empty one."""
    unknown, nothing = rejected.get("", Decimal(0)), Decimal(0)
    with exact():
        named = {
            currency: (rejected.get(currency, nothing) + unknown, whole + unknown)
            for currency, whole in sorted(read.items())
            if currency
        }
    return named or {"": (unknown, read.get("", nothing))}


def _share(what: str, part: Decimal | int, whole: Decimal | int) -> str:
    with exact():
        percent = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"))
    return f"{format_amount(part)} of {format_amount(whole)} {what}".rstrip() + f" ({format_amount(percent)} %)"
