from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import Organisation
    from catalogue.models import Release, Track


@pytest.fixture
def release(organisation: Organisation) -> Release:
    from catalogue.services.works import create_release

    return create_release(
        organisation=organisation,
        upc="036000291452",
        title="Lines",
        catalogue_number="AL-001 lp",
        label="Label A",
        artists=[{"name": "Aurora Lane"}],
    )


@pytest.fixture
def track(organisation: Organisation, release: Release) -> Track:
    from catalogue.services.works import create_track

    return create_track(
        organisation=organisation,
        isrc="QZAAA2500001",
        title="Night Bus",
        version="Radio Edit",
        artists=[{"name": "Aurora Lane"}, {"name": "Bo", "role": "featured"}],
        releases=[{"id": release.pk, "position": 3}],
    )
