"""Revenue by month, DSP and territory in the admin site."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from oas.accounts.models import Organisation
from reports.charts import LABELS, WIDTH, chart
from tests.reports.example.chain import FILES, send

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client


def drawings(client: Client, organisation: Organisation) -> list[ET.Element]:
    answer = client.get(reverse("admin:reports_charts", args=[organisation.pk]))
    assert answer.status_code == 200
    own = answer.content.decode().split('id="content-main"')[1].split("<footer")[0]
    pieces = own.split("<svg ")[1:]
    return [ET.fromstring(f'<svg xmlns="{SVG[1:-1]}" {piece.split("</svg>")[0]}</svg>') for piece in pieces]


def labels(drawing: ET.Element) -> list[tuple[str, str]]:
    return [tuple(str(text.text) for text in bar.findall(f"{SVG}text")) for bar in drawing.findall(f"{SVG}g")]  # type: ignore[misc]


def test_it_shows_revenue_by_month_dsp_and_territory(
    admin: Client, alice_api: APIClient, organisation: Organisation
) -> None:
    for name, rate in FILES.items():
        send(alice_api, name, rate)
    months, dsps, territories = (labels(drawing) for drawing in drawings(admin, organisation))
    assert months == [("2025-01", "32.44"), ("2025-02", "18.95")]
    assert dsps[:2] == [("CD Baby", "24.81"), ("iTunes", "13.15")]
    assert [name for name, _ in territories] == ["US", "DE", "SE", "FR"]


def test_an_organisation_without_sales_has_empty_charts(admin: Client, organisation: Organisation) -> None:
    answer = admin.get(reverse("admin:reports_charts", args=[organisation.pk]))
    assert answer.content.decode().count("No sales yet.") == 3


def test_who_may_not_see_reports_sees_no_charts(organisation: Organisation) -> None:
    client = Client()
    client.force_login(User.objects.create_user("stefan", password="stefan-password-31415", is_staff=True))
    assert client.get(reverse("admin:reports_charts", args=[organisation.pk])).status_code == 403


def test_bars_share_a_scale_and_losses_go_left() -> None:
    drawn = chart("x", [("a", Decimal(30)), ("b", Decimal(-10)), ("c", Decimal(0))])
    gain, loss, nothing = drawn.bars
    assert (gain.width, loss.width, nothing.width) == (420.0, 140.0, 0.0)
    assert (loss.x, loss.x + loss.width, gain.x) == (LABELS, drawn.zero, drawn.zero)
    assert (loss.minus, gain.minus, loss.amount) == (True, False, "-10.00")
    assert gain.x + gain.width <= WIDTH


def test_nothing_but_zeros_can_be_drawn() -> None:
    assert [bar.width for bar in chart("x", [("a", Decimal(0))]).bars] == [0.0]
