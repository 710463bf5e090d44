"""Layout sets, catalogues and reports that are gone are made again, or have to be asked for."""

from __future__ import annotations

from uuid import uuid4

from accounts.models import Organisation
from catalogue.models import CatalogueVersion
from catalogue.services.published_copy import publish_now
from layouts.models import Layout, PublishedSet
from oas.kernel import object_keys
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from reports.models import Report
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import random_content
from tests.upkeep.driving import carry_on
from tests.upkeep.reconcile.restored import reconciled


def test_layout_sets_that_mongodb_lost_are_published_again(
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


def test_a_report_whose_content_is_gone_fails(organisation: Organisation) -> None:
    report = Report.objects.unscoped().create(
        organisation=organisation, kind="MONTHLY", period_from="2025-01", period_to="2025-01", basis="x",
        status="READY", currency="EUR", key=object_keys.report(organisation.pk, "0" * 8, "csv.gz"),
    )  # fmt: skip
    assert f"report {report.pk} (MONTHLY 2025-01): its content is gone; FAILED, ask for it again" in reconciled()
    report.refresh_from_db()
    assert (report.status, report.cause) == ("FAILED", "objects_lost")


def test_a_layout_whose_example_is_gone_has_none(db: None) -> None:
    key = object_keys.layout_example(1, uuid4(), "example.csv")
    layout = Layout.objects.create(name="mine", text="", content={}, example_key=key, example_name="example.csv")
    assert "layout mine: its example is gone; choose another" in reconciled()
    layout.refresh_from_db()
    assert (layout.example_key, layout.example_name) == ("", "")
