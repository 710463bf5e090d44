"""What a service refuses to do, in words for the user. The API turns these into its one error envelope."""

from __future__ import annotations

from oas.api.refusals import BadValue, Refused


class BadPeriod(BadValue):
    """A period is malformed, in the future, or the first is after the last. `attr` is its field."""


class NotReady(Refused):
    """`facts`: the status of the report."""

    code = "report_not_ready"
