"""Charts in the admin site: an organisation's revenue by month, DSP and territory, drawn by the browser (Chart.js)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Organisation
from reports.services.report_mail import two_places
from totals.services.queries import Question, find_scope, summary_of

MOST_MONTHS, MOST_BARS = 36, 12
Named = tuple[str, Decimal]


@dataclass(frozen=True)
class Chart:
    """Amounts with their labels. `upright`: bars beside each other, as for months; else below each other, for names."""

    name: str
    title: str
    amounts: Sequence[Named]
    upright: bool = False

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Return label and amount for people: to two places, rounded from the exact amount."""
        return [(label, two_places(amount)) for label, amount in self.amounts]

    @property
    def data(self) -> dict[str, Any]:
        """Return the data of the script: lengths of the bars, and the texts beside them."""
        # The lengths are the only floats in the project that come from amounts: pixels, never figures.
        return {
            "upright": self.upright,
            "labels": [label for label, _ in self.amounts],
            "lengths": [float(amount) for _, amount in self.amounts],
            "texts": [text for _, text in self.rows],
        }


def charts(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Show the charts of an organisation. Raises PermissionDenied, Http404."""
    if not request.user.has_perm("reports.view_report"):
        raise PermissionDenied
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    facts = {
        "title": f"Revenue of {organisation}",
        "organisation": organisation,
        "charts": charts_of(organisation),
    }
    return render(request, "admin/reports/charts.html", {**admin.site.each_context(request), **facts})


def charts_of(organisation: Organisation) -> list[Chart]:
    """Return the three charts of `organisation`, in its currency."""
    currency = organisation.currency
    return [
        Chart("months", f"Revenue by month of sale, {currency}", _months(organisation), upright=True),
        Chart("dsps", f"Revenue by DSP, {currency}", _top(organisation, "dsp")),
        Chart("territories", f"Revenue by territory, {currency}", _top(organisation, "territory")),
    ]


def _months(organisation: Organisation) -> list[Named]:
    """Return the last `MOST_MONTHS` months; a month without sales between two that have some is among them."""
    _, answer = summary_of(find_scope(organisation), Question(series=True))
    series = answer["series"]
    found = zip(series["periods"], map(Decimal, series["total"]["revenue"]), strict=True)
    return list(found)[-MOST_MONTHS:]


def _top(organisation: Organisation, dimension: str) -> list[Named]:
    _, answer = summary_of(find_scope(organisation), Question(by=dimension, limit=MOST_BARS))
    found = [(row["name"], Decimal(row["revenue"])) for row in answer["results"]]
    rest = Decimal(answer["rest"]["revenue"])
    return [*found, ("all others", rest)] if answer["rest"]["rows"] else found
