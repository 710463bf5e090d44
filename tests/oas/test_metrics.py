"""Metrics: requests counted by route, and gauges that are looked up."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Organisation
from oas import metrics


def test_requests_are_counted_by_route_not_by_path(client: Client, db: None) -> None:
    name = 'oas_requests_total{method="GET",route="/api/auth/me/",status="401"}'
    before = measure(client, name)
    client.get("/api/auth/me/")
    client.get("/api/auth/me/")
    assert measure(client, name) == before + 2
    client.get("/api/files/salesfiles/123456789/")
    assert "123456789" not in client.get("/metrics").text


def test_unknown_methods_and_paths_make_no_time_series_of_their_own(client: Client, db: None) -> None:
    client.generic("BREW", "/teapot-4711")
    page = client.get("/metrics").text
    assert "BREW" not in page
    assert "teapot-4711" not in page
    assert 'method="OTHER"' in page


def test_apps_add_gauges_and_one_that_fails_is_left_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_gauges", {})
    metrics.register("oas_test_files", "Files.", ["status"], lambda: [(("FAILED",), 3)])
    metrics.register("oas_test_broken", "Broken.", [], lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    page = client.get("/metrics")
    assert page.status_code == 200
    assert 'oas_test_files{status="FAILED"} 3.0' in page.text


def measure(client: Client, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} ")), 0.0)


@pytest.mark.django_db
def test_rows_are_counted_and_the_oldest_has_its_age_by_the_value_of_a_field() -> None:
    now = timezone.now()
    for name, currency, age in (("A", "EUR", 60), ("B", "EUR", 3600), ("C", "USD", 5)):
        row = Organisation.objects.create(name=name, currency=currency)
        Organisation.objects.filter(pk=row.pk).update(created_at=now - timedelta(seconds=age))
    with time_machine.travel(now, tick=False):
        assert metrics.counts(Organisation.objects.all(), "currency") == {"EUR": 2, "USD": 1}
        assert metrics.ages(Organisation.objects.all(), "currency", "created_at") == {"EUR": 3600, "USD": 5}


def test_every_name_has_a_sample() -> None:
    assert metrics.filled(["a", "b"], {"b": 2.0, "c": 3.0}) == [(("a",), 0), (("b",), 2.0)]
