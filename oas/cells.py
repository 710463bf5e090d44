"""Text that is safe in a CSV that somebody opens as a spreadsheet (OWASP, "CSV Injection"). Knows no Django."""

from __future__ import annotations

import re
from typing import Final

_FORMULA: Final = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")  # what a spreadsheet would run


def harmless(text: str) -> str:
    """With an apostrophe in front where a spreadsheet would run it. For text only: `-12.50` stays a number."""
    return f"'{text}" if _FORMULA.match(text) else text
