"""Revenue by month, DSP and territory in the admin site."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from html import unescape

from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Organisation
from reports.admin.charts import Chart
from tests.reports.example.chain import FILES, send

DATA = re.compile(r'<script id="(\w+)" type="application/json">(.*?)</script>')
ROWS = re.compile(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td></tr>')


def page(client: Client, organisation: Organisation) -> str:
    answer = client.get(reverse("admin:reports_charts", args=[organisation.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def tables(text: str) -> list[list[tuple[str, str]]]:
    return [
        [(unescape(label), amount) for label, amount in ROWS.findall(figure)] for figure in text.split("<figure")[1:]
    ]


def test_it_shows_revenue_by_month_dsp_and_territory(
    admin: Client, alice_api: APIClient, organisation: Organisation
) -> None:
    for name, rate in FILES.items():
        send(alice_api, name, rate)
    months, dsps, territories = tables(page(admin, organisation))
    assert months == [("2025-01", "32.44"), ("2025-02", "18.95")]
    assert dsps[:2] == [("CD Baby", "24.81"), ("iTunes", "13.15")]
    assert [name for name, _ in territories] == ["US", "DE", "SE", "FR"]


def test_what_is_drawn_is_what_the_tables_show(admin: Client, alice_api: APIClient, organisation: Organisation) -> None:
    for name, rate in FILES.items():
        send(alice_api, name, rate)
    text = page(admin, organisation)
    drawn = {name: json.loads(data) for name, data in DATA.findall(text)}
    assert list(drawn) == re.findall(r'<canvas data-chart="(\w+)"', text) == ["months", "dsps", "territories"]
    for data, table in zip(drawn.values(), tables(text), strict=True):
        assert list(zip(data["labels"], data["texts"], strict=True)) == table
        assert [str(round(Decimal(str(length)), 2)) for length in data["lengths"]] == data["texts"]


def test_the_chart_library_is_served_here_and_no_script_stands_in_the_page(
    admin: Client, organisation: Organisation
) -> None:
    text = page(admin, organisation)
    scripts = [tag for tag in re.findall(r"<script\b[^>]*>", text) if "application/json" not in tag]
    assert scripts
    assert all(re.search(r'src="/static/[^"]+"', tag) for tag in scripts)
    assert "/static/chartjs/chart.js" in text
    assert b"Chart.defaults" in admin.get("/static/reports/charts.js").getvalue()
    assert b"chartjs" in admin.get("/static/chartjs/chart.js").getvalue().lower()
    assert finders.find("unfold/js/app.js") is None  # nothing else of the package that brings the library


def test_names_cannot_break_out_of_the_data(admin: Client) -> None:
    drawn = Chart("dsps", "x", [("</script><b>", Decimal("-1.005"))])
    assert drawn.data == {"upright": False, "labels": ["</script><b>"], "lengths": [-1.005], "texts": ["-1.00"]}
    assert drawn.rows == [("</script><b>", "-1.00")]


def test_an_organisation_without_sales_has_empty_charts(admin: Client, organisation: Organisation) -> None:
    text = page(admin, organisation)
    assert (text.count("No sales yet."), text.count("<canvas")) == (3, 0)


def test_who_may_not_see_reports_sees_no_charts(organisation: Organisation) -> None:
    client = Client()
    client.force_login(User.objects.create_user("stefan", password="stefan-password-31415", is_staff=True))
    assert client.get(reverse("admin:reports_charts", args=[organisation.pk])).status_code == 403
