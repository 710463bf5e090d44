"""The gauges of sales files in /metrics."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.status import Status


def make_file(organisation: Organisation, status: Status, *, minutes: int = 0, deleted: bool = False) -> SalesFile:
    file = SalesFile.everything.create(
        organisation=organisation, filename="a.csv", filetype="CSV", filesize=1, mongo_db_id=uuid4().hex[:24]
    )
    when = timezone.now() - timedelta(minutes=minutes)
    SalesFile.everything.filter(pk=file.pk).update(
        status=status, updated_at=when, deleted_at=timezone.now() if deleted else None
    )
    return file


def measures(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_files_are_counted_by_status(
    client: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    make_file(organisation, Status.FAILED)
    make_file(other_organisation, Status.FAILED)
    make_file(organisation, Status.FAILED, deleted=True)
    make_file(organisation, Status.CLEANING, minutes=10)
    make_file(organisation, Status.CLEANING, minutes=2)
    found = measures(client)
    assert found['oas_sales_files{status="FAILED"}'] == 2
    assert found['oas_sales_files{status="CLEANING"}'] == 2
    assert found['oas_sales_files{status="FINALIZED"}'] == 0
    assert 600 <= found['oas_sales_file_oldest_seconds{status="CLEANING"}'] < 660
    assert found['oas_sales_file_oldest_seconds{status="PROCESSING"}'] == 0
    assert 'oas_sales_file_oldest_seconds{status="FAILED"}' not in found


def test_a_scrape_costs_the_same_however_many_files_there_are(
    client: Client, organisation: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        make_file(organisation, Status.CLEANING)
    with django_assert_max_num_queries(8):
        measures(client)
