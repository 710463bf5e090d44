"""Links to a report: each works for 24 hours, for one object, and for nothing else."""

from __future__ import annotations

import gzip
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.kernel.storage import storage
from reports.errors import NotReady
from reports.models import Report
from reports.services.links import link_fields, new_link
from tests.reports.driving import OTHER_ISRC, ask

LIST = "/api/reports/"


def test_the_link_gives_the_report(alice_api: APIClient, report: Report) -> None:
    answer = httpx.get(alice_api.get(f"{LIST}{report.pk}/").json()["url"])
    assert answer.status_code == 200
    assert 'filename="unmatched-2025-01.csv.gz"' in answer.headers["content-disposition"]
    assert OTHER_ISRC in gzip.decompress(answer.content).decode()


def test_a_link_stops_and_a_new_one_works(alice_api: APIClient, report: Report) -> None:
    old = link_fields(report, timedelta(seconds=1))
    Report.objects.of(report.organisation).update(url=old["url"], url_expires_at=old["url_expires_at"])
    until = timezone.now() + timedelta(seconds=20)
    while (status := httpx.get(old["url"]).status_code) == 200 and timezone.now() < until:
        pass
    assert status in (400, 403)  # rclone answers 400 where S3 says 403
    Report.objects.of(report.organisation).update(url_expires_at=timezone.now())
    shown = alice_api.get(f"{LIST}{report.pk}/").json()
    assert (shown["url"], shown["expires_at"]) == (None, None)
    new = alice_api.post(f"{LIST}{report.pk}/link/").json()
    assert httpx.get(new["url"]).status_code == 200
    assert new["expires_at"] > (timezone.now() + timedelta(hours=23, minutes=59)).isoformat()


def test_a_link_is_good_for_nothing_else(report: Report) -> None:
    other = report.url.replace(str(report.uuid), "00000000-0000-0000-0000-000000000000")
    storage().put_json(report.key.replace(str(report.uuid), "00000000-0000-0000-0000-000000000000"), "{}")
    assert httpx.get(other).status_code in (400, 403)
    assert httpx.put(report.url, content=b"x").status_code in (400, 403)


def test_a_report_that_is_not_ready_has_no_link(organisation: Organisation) -> None:
    report = ask(organisation)
    with pytest.raises(NotReady) as refused:
        new_link(report=report)
    assert refused.value.facts == {"status": "QUEUED"}
    report.refresh_from_db()
    assert (report.url, report.url_expires_at) == ("", None)
