"""Where all is well, reconciling does nothing."""

from __future__ import annotations

from accounts.models import Organisation
from catalogue.services.published_copy import publish_now
from tests.salesfiles.glider_stand_in import cleaning_file, uploaded_file
from tests.upkeep.driving import sold
from tests.upkeep.reconcile.restored import reconciled


def test_where_all_is_well_nothing_is_done(organisation: Organisation) -> None:
    publish_now(organisation)
    sold(organisation, 1)
    uploaded_file(organisation)
    cleaning_file(organisation)
    assert reconciled() == "Nothing had to be mended.\n"
