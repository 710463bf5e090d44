"""The identities that must hold between the figures of a job, as `glider.contract.Check`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from glider.contract import Check
from oas.kernel.amounts import format_amount


def check(name: str, expected: Decimal | int, found: Decimal | int) -> Check:
    """Compare `expected` with `found` exactly; the check has both as decimal strings."""
    return Check(name=name, expected=format_amount(expected), found=format_amount(found), tied=expected == found)


def not_tied(checks: Iterable[Check]) -> list[Check]:
    """The checks whose two sides differ."""
    return [check for check in checks if not check.tied]
