"""Routes below /api/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from reports.api.summary_views import SummaryView
from reports.api.views import ReportViewSet, ScheduleView

router = SimpleRouter()
router.register("reports", ReportViewSet, basename="report")

urlpatterns: list[URLPattern | URLResolver] = [
    path("sales/summary/", SummaryView.as_view(), name="sales-summary"),
    path("reports/schedule/", ScheduleView.as_view(), name="report-schedule"),
    *router.urls,
]
