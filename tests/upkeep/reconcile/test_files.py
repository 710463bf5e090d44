"""Sales files of which something is gone are imported again, or fail with a reason."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import processed, random_content, run_job
from tests.upkeep.driving import carry_on, differences, sold
from tests.upkeep.reconcile.restored import lose_sales, reconciled
from totals.models import CountedFile, SummaryEntry, SummaryScope


def test_a_reimport_after_the_backup_that_purged_what_the_row_counts(organisation: Organisation) -> None:
    file, other = sold(organisation, 5), sold(organisation, 6)
    total = file.total_local
    row = SalesFile.everything.filter(pk=file.pk).values().get()
    ledger = CountedFile.everything.filter(file=file).values().get()
    reimport(file=file)
    processed(file)
    finalise(file.pk)
    activate(file.pk)
    Job.everything.filter(file=file, revision=2).delete()  # the backup knows revision 1 alone
    SalesFile.everything.filter(pk=file.pk).update(**{**row, "current_job_id": None})
    CountedFile.everything.filter(file=file).update(**ledger)
    said = reconciled()
    assert f"sales file {file.pk} (sales.tsv): Parquet differ or are gone; imported again from its content" in said
    assert "1 sales files counted again" in said
    assert f"sales/{file.uuid}-r2:" in said
    carry_on()
    file.refresh_from_db()
    assert (file.status, file.live_revision, file.total_local) == ("FINALIZED", 2, total)
    assert differences(organisation) == []
    other.refresh_from_db()
    assert other.live_revision == 1


def test_without_its_content_a_file_fails_with_a_reason_and_counts_no_longer(organisation: Organisation) -> None:
    file, other = sold(organisation, 7), sold(organisation, 8)
    lose_sales(file)
    storage().delete(file.raw_key)
    said = reconciled()
    assert f"sales file {file.pk} (sales.tsv): Parquet differ or are gone, and so is its content; FAILED" in said
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == ("FAILED", "objects_lost", None)
    assert "Upload the file again." in file.error_message
    assert differences(organisation) == []
    assert SummaryScope.objects.of(organisation).get(batch=None).files == 1
    other.refresh_from_db()
    assert other.status == "FINALIZED"
    assert process(file=file, action=Action.UPLOAD).presigned_url


@pytest.mark.parametrize("collection", ["snapshots", "snapshot_rows", "sales"])
def test_documents_that_are_gone_are_made_again_while_the_file_counts(
    collection: str, organisation: Organisation
) -> None:
    file = sold(organisation, 9)
    snapshot = snapshot_id(file.uuid, 1)
    documents().delete(collection, {"_id": snapshot} if collection == "snapshots" else {"snapshot": snapshot})
    assert "imported again from its content, as revision 2" in reconciled()
    file.refresh_from_db()
    assert file.live_revision == 1
    carry_on()
    file.refresh_from_db()
    assert (file.live_revision, differences(organisation)) == (2, [])


def test_the_first_information_is_written_again(organisation: Organisation) -> None:
    file = sold(organisation, 10)
    documents().delete("files", {"_id": file_id(organisation.pk, file.mongo_db_id)})
    assert "what was first known of it is in MongoDB again" in reconciled()
    assert documents().get("files", file_id(organisation.pk, file.mongo_db_id)) is not None


def test_a_file_under_way_whose_content_is_gone_fails(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    storage().delete(file.raw_key)
    assert f"sales file {file.pk} (sales.csv): its content is gone; FAILED, to be uploaded again" in reconciled()
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FAILED", "objects_lost")
    assert Job.everything.get(file=file).state == "CANCELLED"


def test_a_file_whose_cleaned_lines_are_gone_is_cleaned_again(organisation: Organisation) -> None:
    file = cleaning_file(organisation, content=random_content(11).encode(), filename="sales.tsv")
    run_job(file)
    assert file.status == "PROCESSING"
    storage().delete_folder(object_keys.cleaned_folder(organisation.pk, file.uuid))
    assert "its cleaned lines are gone; imported again from its content, as revision 2" in reconciled()
    carry_on()
    file.refresh_from_db()
    assert (file.status, differences(organisation)) == ("FINALIZED", [])


def test_a_large_file_of_which_one_period_is_gone_is_cleaned_again(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glider.cleaning.job.BY_PERIOD_FROM", 0)
    file = cleaning_file(organisation, content=random_content(13).encode(), filename="sales.tsv")
    run_job(file)
    periods = list(storage().list(f"{object_keys.cleaned_folder(organisation.pk, file.uuid)}r1/"))
    assert "imported again" not in reconciled()
    storage().delete(periods[-1].key)
    assert "its cleaned lines are gone; imported again from its content, as revision 2" in reconciled()
    carry_on()
    file.refresh_from_db()
    assert (file.status, differences(organisation)) == ("FINALIZED", [])


def test_a_summary_that_does_not_fit_is_counted_again(organisation: Organisation) -> None:
    sold(organisation, 13)
    SummaryEntry.objects.filter(scope__in=SummaryScope.objects.of(organisation)).update(rows=1)
    assert "1 sales files counted again" in reconciled()
    assert differences(organisation) == []
