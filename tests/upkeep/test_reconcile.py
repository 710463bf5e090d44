"""Database, S3 and MongoDB of different moments are brought together, and every step is told."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from accounts.models import Organisation
from catalogue.models import CatalogueVersion
from catalogue.services.published_copy import publish_now
from jobs.models import Job
from layouts.models import PublishedSet
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id, snapshot_id
from oas.kernel.storage import storage
from reports.models import Report
from salesfiles.models import SalesFile, StatusChange
from salesfiles.services.activation import activate
from salesfiles.services.files import create_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import cleaning_file, uploaded_file
from tests.totals.driving import finalized, processed, random_content, run_job
from tests.upkeep.driving import carry_on, differences
from totals.models import CountedFile, SummaryEntry, SummaryKey, SummaryScope
from upkeep.collect_garbage import collect


@pytest.fixture(autouse=True)
def _nothing_left_by_others(db: None) -> None:
    collect(older_than=timedelta(hours=-1))


def reconciled() -> str:
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    return out.getvalue()


def sold(organisation: Organisation, seed: int, **fields: object) -> SalesFile:
    file = finalized(organisation, random_content(seed), **fields)
    activate(file.pk)
    file.refresh_from_db()
    return file


def forget(file: SalesFile) -> None:
    """As if the row had never been: the database is from before it."""
    Job.everything.filter(file=file).delete()
    StatusChange.everything.filter(file=file).delete()
    counted = CountedFile.everything.filter(file=file)
    scopes = SummaryScope.objects.of(file.organisation_id)
    SummaryEntry.objects.filter(scope__in=scopes).delete()
    SummaryKey.objects.filter(organisation=file.organisation_id).delete()
    counted.delete()
    SalesFile.everything.filter(pk=file.pk).delete()


def lose_sales(file: SalesFile) -> None:
    for folder in (object_keys.sales_folder(file.organisation_id), object_keys.totals_folder(file.organisation_id)):
        storage().delete(*[item.key for item in storage().list(folder) if file.uuid in item.key])


def test_where_all_is_well_nothing_is_done(organisation: Organisation) -> None:
    publish_now(organisation)
    sold(organisation, 1)
    uploaded_file(organisation)
    cleaning_file(organisation)
    assert reconciled() == "Nothing had to be mended.\n"


def test_a_file_that_came_after_the_backup_is_made_again_from_its_content(organisation: Organisation) -> None:
    file = sold(organisation, 2, exchange_rate=Decimal("0.5"), reporting_period="2025-02")
    total, id = file.total_local, file.pk
    forget(file)
    said = reconciled()
    assert f"sales file {id} (sales.tsv): the database did not know it; made again from its content\n" in said
    assert f"document snapshots/{file.uuid}-r1: an older revision; removed" not in said
    carry_on()
    again = SalesFile.everything.get(pk=id)
    assert (again.status, again.uuid, again.total_local) == ("FINALIZED", file.uuid, total)
    assert (again.exchange_rate, again.reporting_period) == (Decimal("0.5"), "2025-02")
    assert differences(organisation) == []
    assert reconciled() == "Nothing had to be mended.\n"
    newer = create_file(
        organisation=organisation, filename="n.csv", filetype="CSV", filesize=9, mongo_db_id="0" * 23 + "1"
    )
    assert newer.pk > id


def test_a_file_whose_id_was_given_to_another_since_is_left_to_gc(organisation: Organisation) -> None:
    file = sold(organisation, 3)
    forget(file)
    create_file(
        organisation=organisation, filename="n.csv", filetype="CSV", filesize=9, mongo_db_id=file.mongo_db_id
    )  # fmt: skip
    assert "another sales file has its id" in reconciled()
    assert SalesFile.objects.of(organisation).count() == 1


def test_content_that_arrived_after_the_backup_is_carried_on_with(organisation: Organisation) -> None:
    file = sold(organisation, 4)
    key, etag = file.raw_key, file.raw_etag
    forget(file)
    older = SalesFile(
        pk=file.pk, organisation=organisation, uuid=file.uuid, filename=file.filename, filetype="TSV",
        filesize=file.filesize, mongo_db_id=file.mongo_db_id,
    )  # fmt: skip
    older.save(force_insert=True)
    assert f"sales file {file.pk} (sales.tsv): its content has arrived since" in reconciled()
    older.refresh_from_db()
    assert (older.status, older.raw_key, older.raw_etag) == ("UPLOADED", key, etag)
    carry_on()
    older.refresh_from_db()
    assert (older.status, differences(organisation)) == ("FINALIZED", [])


def test_a_reimport_after_the_backup_that_dropped_what_the_row_counts(organisation: Organisation) -> None:
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


def test_what_was_first_known_is_written_again(organisation: Organisation) -> None:
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


def test_layouts_that_mongodb_lost_are_published_again_and_jobs_with_them_started_anew(
    organisation: Organisation,
) -> None:
    file = cleaning_file(organisation, content=random_content(12).encode(), filename="sales.tsv")
    documents().delete("formats", {})
    said = reconciled()
    assert "the set is gone from MongoDB" in said
    assert "the layouts of its job are gone; imported again" in said
    carry_on()
    file.refresh_from_db()
    assert file.status == "FINALIZED"
    assert PublishedSet.objects.exists()


def test_a_copy_of_the_catalogue_that_is_gone_is_made_again(organisation: Organisation) -> None:
    version = publish_now(organisation)
    storage().delete(version.key)
    assert f"copy {version.name} is gone; it is made again" in reconciled()
    assert not CatalogueVersion.objects.of(organisation).exists()
    assert storage().head(publish_now(organisation).key).size > 0


def test_a_summary_that_does_not_fit_is_counted_anew(organisation: Organisation) -> None:
    sold(organisation, 13)
    SummaryEntry.objects.filter(scope__in=SummaryScope.objects.of(organisation)).update(rows=1)
    assert "1 sales files counted again" in reconciled()
    assert differences(organisation) == []


def test_a_report_whose_content_is_gone_fails(organisation: Organisation) -> None:
    report = Report.objects.unscoped().create(
        organisation=organisation, kind="MONTHLY", period_from="2025-01", period_to="2025-01", basis="x",
        status="READY", currency="EUR", key=object_keys.report(organisation.pk, "0" * 8, "csv.gz"),
    )  # fmt: skip
    assert f"report {report.pk} (MONTHLY 2025-01): its content is gone; FAILED, ask for it again" in reconciled()
    report.refresh_from_db()
    assert (report.status, report.cause) == ("FAILED", "objects_lost")


def test_content_is_put_back_by_nobody_else(organisation: Organisation, other_organisation: Organisation) -> None:
    """A document that says it is of another organisation makes no sales file there."""
    file = sold(organisation, 14)
    forget(file)
    documents().update("files", file_id(organisation.pk, file.mongo_db_id), {"organisation": other_organisation.pk})
    reconciled()
    assert not SalesFile.objects.of(other_organisation).exists()
