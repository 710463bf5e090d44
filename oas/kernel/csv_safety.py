"""Text that is harmless in a CSV that a person opens as a spreadsheet (OWASP, "CSV Injection").

Not for amounts: `-12.50` must stay a number.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

# Signs that begin a formula, also in their full-width forms, after spaces or NULs; and the breaks that end a cell.
_FORMULA: Final = r"^(?:[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])"
_compiled: Final = re.compile(_FORMULA)


def harmless(text: str) -> str:
    """`text` with an apostrophe in front where a spreadsheet would run it as a formula, and without NULs."""
    return (f"'{text}" if _compiled.match(text) else text).replace("\x00", "")


def harmless_column(text: pl.Expr) -> pl.Expr:
    """`harmless` for a column of texts; null stays null."""
    return pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).str.replace_all("\x00", "")
