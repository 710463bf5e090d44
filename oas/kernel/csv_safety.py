"""Text that is safe in a CSV that somebody opens as a spreadsheet (OWASP, "CSV Injection"). Knows no Django.

Both functions put an apostrophe in front of what a spreadsheet would run, and leave NULs out. For text only: `-12.50`
stays a number.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

_FORMULA: Final = r"^(?:[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])"
_compiled: Final = re.compile(_FORMULA)


def harmless(text: str) -> str:
    return (f"'{text}" if _compiled.match(text) else text).replace("\x00", "")


def harmless_column(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(_FORMULA)).then(pl.lit("'") + text).otherwise(text).str.replace_all("\x00", "")
