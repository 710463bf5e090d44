"""A file that two layouts fit equally well is FAILED with both named, and nothing of it is imported."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Organisation
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from tests.layouts.own_layouts import OWN, own_layout
from tests.salesfiles.glider_stand_in import cleaning_file, job_of
from tests.totals.driving import answer, run_job

CONTENT = b"Sold on,What,To us\n2026-02-01,Song,1.5\n"


def test_a_file_that_two_layouts_fit_equally_well_fails_with_both_named_and_is_not_imported(
    organisation: Organisation,
) -> None:
    own_layout()
    own_layout(OWN.replace("our_shop", "their_shop").replace('fixed = "EUR"', 'fixed = "USD"'))
    file = cleaning_file(organisation, content=CONTENT, exchange_rate=Decimal(1))
    job = job_of(file)
    run_job(file)
    assert (file.status, file.status_cause) == ("FAILED", "ambiguous_layout")
    text = "The header in line 1 fits several layouts equally well: our_shop, their_shop."
    assert file.error_message == f"{text} Set `layout` of the file to one of them, and reimport it."
    assert [each.module for each in file.jobs.all()] == ["cleaning"]
    assert (file.accepted_rows, file.total_local, file.live_revision) == (None, None, None)
    assert list(storage().list(job.message["cleaned_key"])) == []
    assert list(documents().find("sales", {"snapshot": snapshot_id(file.uuid, 1)})) == []
    assert answer(organisation)["rows"] == 0
