from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import Organisation
    from salesfiles.models import SalesFile


@pytest.fixture
def files(organisation: Organisation) -> list[SalesFile]:
    """Three, FINALIZED and activated; the second with an exchange rate."""
    from salesfiles.services.activation import activate
    from tests.totals.driving import finalized, random_content

    rates = (None, Decimal("0.9234567"), None)
    found = [
        finalized(organisation, random_content(seed), exchange_rate=rate, reporting_period=f"2025-0{seed + 1}")
        for seed, rate in enumerate(rates)
    ]
    for file in found:
        activate(file.pk)
    return found
