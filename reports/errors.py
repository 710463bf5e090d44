"""What a service refuses to do, in words for the user. The API turns these into its one error envelope."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """`code` is for programs, the text for people, `facts` for both."""

    code = "refused"

    def __init__(self, text: str, **facts: Any) -> None:
        super().__init__(text)
        self.text = text
        self.facts = facts


class BadPeriod(Refused):
    """A period is malformed, in the future, or the first is after the last. `attr` is its field."""

    def __init__(self, text: str, *, attr: str, code: str) -> None:
        super().__init__(text)
        self.attr = attr
        self.code = code


class NotReady(Refused):
    """`facts`: the status of the report."""

    code = "report_not_ready"
