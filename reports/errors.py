"""Refusals of the services of reports, with sentences for the user. The API puts them into its error envelope."""

from __future__ import annotations

from oas.api.refusals import BadValue, Refused


class BadPeriod(BadValue):
    """A period is malformed or in the future, or the first is after the last. `attr` is the field that had it."""


class NotReady(Refused):
    """The report is not READY. `facts`: status."""

    code = "report_not_ready"
