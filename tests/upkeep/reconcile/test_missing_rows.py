"""Rows of sales files that are newer than the backup are made again."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Organisation
from oas.kernel.documents import documents, file_id
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file
from tests.upkeep.driving import carry_on, differences, sold
from tests.upkeep.reconcile.restored import forget, reconciled


def test_a_file_that_came_after_the_backup_is_made_again_from_its_content(organisation: Organisation) -> None:
    answers = {"day_first": True, "encoding": "cp1251"}
    file = sold(organisation, 2, exchange_rate=Decimal("0.5"), reporting_period="2025-02", **answers)
    total, id = file.total_local, file.pk
    forget(file)
    said = reconciled()
    assert f"sales file {id} (sales.tsv): the database did not know it; made again from its content\n" in said
    assert f"document snapshots/{file.uuid}-r1: an older revision; removed" not in said
    carry_on()
    again = SalesFile.everything.get(pk=id)
    assert (again.status, again.uuid, again.total_local) == ("FINALIZED", file.uuid, total)
    assert (again.exchange_rate, again.reporting_period) == (Decimal("0.5"), "2025-02")
    assert (again.day_first, again.encoding, again.layout) == (True, "cp1251", None)
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


def test_content_that_arrived_after_the_backup_is_pinned(organisation: Organisation) -> None:
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


def test_a_document_that_names_another_organisation_makes_no_file_there(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    """A document that says it is of another organisation makes no sales file there."""
    file = sold(organisation, 14)
    forget(file)
    documents().update("files", file_id(organisation.pk, file.mongo_db_id), {"organisation": other_organisation.pk})
    reconciled()
    assert not SalesFile.objects.of(other_organisation).exists()
