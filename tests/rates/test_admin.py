from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from rates.models import Rate


@pytest.fixture
def root(admin_client: Client) -> Client:
    return admin_client


def test_a_rate_of_a_month_is_entered_by_hand(root: Client) -> None:
    given = {"currency": "USD", "period": "2025-03", "units": "1.0815"}
    assert root.post("/admin/rates/rate/add/", given).status_code == 302
    rate = Rate.objects.get()
    assert (rate.currency, rate.period, rate.day, rate.units) == ("USD", "2025-03", None, Decimal("1.0815"))


@pytest.mark.parametrize(
    "wrong", [{"currency": "usd"}, {"period": "2025-13"}, {"units": "0"}, {"units": "x"}, {"currency": "EUR"}]
)
def test_what_is_no_rate_is_refused_in_the_form(root: Client, wrong: dict[str, str]) -> None:
    given = {"currency": "USD", "period": "2025-03", "units": "1.0815"} | wrong
    assert root.post("/admin/rates/rate/add/", given).status_code == 200
    assert not Rate.objects.exists()


def test_a_month_entered_twice_is_refused_in_the_form(root: Client) -> None:
    given = {"currency": "USD", "period": "2025-03", "units": "1.0815"}
    root.post("/admin/rates/rate/add/", given)
    assert root.post("/admin/rates/rate/add/", given).status_code == 200
    assert Rate.objects.count() == 1


def test_days_are_listed_and_cannot_be_edited(root: Client) -> None:
    day = Rate.objects.create(currency="USD", day="2025-03-03", period="2025-03", units=Decimal("1.05"))
    assert b"2025-03" in root.get("/admin/rates/rate/?kind=day").content
    assert b"1.05" not in root.get("/admin/rates/rate/?kind=month").content
    changed = root.post(f"/admin/rates/rate/{day.pk}/change/", {"currency": "USD", "period": "2025-03", "units": "2"})
    assert changed.status_code == 403
    day.refresh_from_db()
    assert day.units == Decimal("1.05")
