"""Pages of the admin site: an organisation's revenue by month, DSP and territory, drawn on the server as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from oas.accounts.models import Organisation
from reports.services.mailing import shown
from reports.summary.queries import Question, find_scope, summary_of

MOST_MONTHS, MOST_BARS = 36, 12
WIDTH, ROW = 900, 22  # pixels of the drawing; it is stretched to the page
LABELS, AMOUNTS = 200, 140  # pixels left and right of the bars
Named = tuple[str, Decimal]


@dataclass(frozen=True)
class Bar:
    """`x` to `x + width` is the bar; `y` the middle of its row."""

    label: str
    amount: str
    x: float
    y: int
    width: float
    minus: bool


@dataclass(frozen=True)
class Chart:
    title: str
    bars: list[Bar]
    zero: float  # where no revenue is
    width: int = WIDTH

    @property
    def height(self) -> int:
        return ROW * len(self.bars) + ROW // 2


def charts(request: HttpRequest, organisation_id: int) -> HttpResponse:
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
    currency = organisation.currency
    return [
        chart(f"Revenue by month of sale, {currency}", _months(organisation)),
        chart(f"Revenue by DSP, {currency}", _top(organisation, "dsp")),
        chart(f"Revenue by territory, {currency}", _top(organisation, "territory")),
    ]


def _months(organisation: Organisation) -> list[Named]:
    """The last months; those without sales between two that have some are there, too."""
    _, answer = summary_of(find_scope(organisation), Question(series=True))
    series = answer["series"]
    found = zip(series["periods"], map(Decimal, series["total"]["revenue"]), strict=True)
    return list(found)[-MOST_MONTHS:]


def _top(organisation: Organisation, dimension: str) -> list[Named]:
    _, answer = summary_of(find_scope(organisation), Question(by=dimension, limit=MOST_BARS))
    found = [(row["name"], Decimal(row["revenue"])) for row in answer["results"]]
    rest = Decimal(answer["rest"]["revenue"])
    return [*found, ("all others", rest)] if answer["rest"]["rows"] else found


def chart(title: str, amounts: Sequence[Named]) -> Chart:
    """A bar for each, on one scale with zero in it. Only the drawing uses floats; amounts are written exactly."""
    least = min([Decimal(0), *(amount for _, amount in amounts)])
    most = max([Decimal(0), *(amount for _, amount in amounts)])
    room = WIDTH - LABELS - AMOUNTS
    scale = room / float(most - least) if most > least else 0.0
    zero = round(LABELS - float(least) * scale, 1)
    bars = [_bar(n, label, amount, zero, scale) for n, (label, amount) in enumerate(amounts)]
    return Chart(title, bars, zero)


def _bar(n: int, label: str, amount: Decimal, zero: float, scale: float) -> Bar:
    length = float(abs(amount)) * scale
    start = zero - length if amount < 0 else zero
    return Bar(label, shown(amount), round(start, 1), n * ROW + ROW // 2, round(length, 1), amount < 0)
