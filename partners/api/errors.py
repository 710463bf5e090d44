"""Errors of the partner API: their codes, HTTP statuses and texts.

No text but that of a failed signature may contain the letters "oauth": the platform's client takes such an answer for
one. A value that is echoed and contains them is left out.
"""

from __future__ import annotations

from typing import Any, Final

STATUS_OF: Final = {
    1001: 400, 1002: 400, 1003: 400, 1008: 400, 2001: 404, 2002: 403, 2003: 409, 3201: 403, 7001: 429, 9001: 500,
}  # fmt: skip
LONGEST_ECHO: Final = 200  # characters of a value that a text repeats


class PartnerError(Exception):
    """An error in the partner API's envelope. `items` are the errors of single logs, for code 1008."""

    def __init__(
        self, code: int, text: str, *, status: int = 0, items: list[dict[str, Any]] | None = None, wait: int = 0
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status or STATUS_OF[code]
        self.items = items
        self.wait = wait


class SignatureError(Exception):
    """The request is not signed as it must be: 401 in plain text."""

    PREFIX: Final = "OAuth authentication error: "

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = f"{self.PREFIX}{text}"


def missing(name: str) -> PartnerError:
    """The error for a required parameter that is missing or empty."""
    return PartnerError(1001, f"Missing or invalid querystring value for {name}")


def invalid(name: str, value: object) -> PartnerError:
    """The error for a parameter whose value is not valid."""
    return PartnerError(1002, f"Value of parameter {name} is not valid: {echo(value)}")


def echo(value: object) -> str:
    """Return `value` as a text may repeat it: shortened, and nothing at all of one that holds the forbidden letters."""
    text = str(value)[:LONGEST_ECHO]
    return "" if "oauth" in text.lower() else text
