"""A partner of Label A with a key, one of Label C, and clients that sign as the platform's clients do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.partners.moment import NOW

if TYPE_CHECKING:
    from accounts.models import Organisation
    from partners.services.partners import NewKey
    from tests.partners.signing import SigningClient

SECRET = "s&cret/with=signs"


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def partner_key(organisation: Organisation) -> NewKey:
    from partners.services.partners import create_key, create_partner

    partner = create_partner(organisation=organisation, name="Moon Streams", countries=["GB", "DE", "US"])
    return create_key(partner=partner, name="server", secret=SECRET)


@pytest.fixture
def other_key(other_organisation: Organisation) -> NewKey:
    from partners.services.partners import create_key, create_partner

    partner = create_partner(organisation=other_organisation, name="Sun Streams", countries=["GB"])
    return create_key(partner=partner, name="server")


@pytest.fixture
def moon(partner_key: NewKey) -> SigningClient:
    from tests.partners.signing import SigningClient

    return SigningClient(partner_key.key.key, partner_key.secret)


@pytest.fixture
def sun(other_key: NewKey) -> SigningClient:
    from tests.partners.signing import SigningClient

    return SigningClient(other_key.key.key, other_key.secret)
