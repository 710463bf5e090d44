"""Reports in the admin site: they can be seen, requested and made again, never changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from oas.admin_pages import FewWords
from oas.kernel.amounts import format_amount
from oas.kernel.storage import StorageError, storage
from reports.admin import charts, workbench
from reports.choices import Format, Kind, Status
from reports.errors import BadPeriod
from reports.models import Report, ReportRequest, ReportSchedule
from reports.periods import check_span
from reports.services.requesting import request_report

if TYPE_CHECKING:  # Django's own classes take no type parameters
    ReportBase = admin.ModelAdmin[Report]
    RequestBase = admin.TabularInline[ReportRequest, Report]
    ScheduleBase = admin.ModelAdmin[ReportSchedule]
    FormBase = forms.ModelForm[Report]
else:
    ReportBase = ScheduleBase = FewWords
    RequestBase = admin.TabularInline
    FormBase = forms.ModelForm

NOTHING = "-"
LINK_SECONDS = 15 * 60


class RequestInline(RequestBase):
    """The requests for a report, and whether their mail was sent."""

    model = ReportRequest
    fields = readonly_fields = ("actor", "user", "requested_at", "mailed_at", "attempts")
    extra = 0
    verbose_name_plural = "Asked for by"

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


class ReportForm(FormBase):
    """The fields by which a report is requested."""

    class Meta:
        model = Report
        fields = ("organisation", "kind", "period_from", "period_to", "format")

    def clean(self) -> dict[str, Any]:
        """Add the error of a span that `check_span` refuses to its field."""
        given = super().clean() or {}
        try:
            check_span(given.get("period_from", ""), given.get("period_to", ""), names=("period_from", "period_to"))
        except BadPeriod as bad:
            self.add_error(bad.attr, bad.text)
        return given


@admin.register(Report)
class ReportAdmin(ReportBase):
    """Reports of all organisations."""

    form = ReportForm
    list_display = (
        "__str__", "organisation", "status", "format", "rows", "revenue", "groups", "catalogue_version", "created_at",
    )  # fmt: skip
    list_filter = ("status", "kind", "organisation", "format")
    search_fields = ("uuid", "period_from", "period_to")
    list_select_related = ("organisation",)
    date_hierarchy = "created_at"
    list_per_page = 50
    # Django would count all reports for each page, besides those that match the filters.
    show_full_result_count = False
    inlines = (RequestInline,)
    actions = ("make_again",)
    change_list_template = "admin/reports/report/change_list.html"
    _shown = (
        "organisation", "kind", "period_from", "period_to", "format", "status", "cause", "error_message", "download",
        "workbench", "rows", "revenue", "currency", "totals_table", "checks_table", "files", "groups", "suggested",
        "size", "catalogue_version", "uuid", "job", "created_at", "started_at", "finished_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return Report.objects.unscoped().select_related("organisation")

    def get_fields(self, request: HttpRequest, obj: Report | None = None) -> Any:
        return self._shown if obj else ReportForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Report | None = None) -> Any:
        return self._shown if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Report | None) -> Any:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        # A report that was handed out is kept.
        return False

    def has_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reports.add_report")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("organisations/", view(workbench.organisations), name="reports_organisations"),
            path("revenue/<int:organisation_id>/", view(charts.charts), name="reports_charts"),
            path("unmatched/<int:organisation_id>/", view(workbench.groups), name="reports_workbench"),
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:
        """Request the report instead of saving `obj`, which becomes the new report or the one under way."""
        if not change:
            report = _request_like(request, obj)
            obj.__dict__.update(report.__dict__)

    @admin.action(permissions=["again"], description="Make again, with the sales and the catalogue of now")
    def make_again(self, request: HttpRequest, reports: QuerySet[Report]) -> None:
        for report in reports.order_by("pk"):
            made = _request_like(request, report)
            self.message_user(request, f"{report} is being made again: number {made.pk}.", messages.SUCCESS)

    @admin.display(description="Revenue", ordering="total")
    def revenue(self, report: Report) -> str:
        return NOTHING if report.total is None else format_amount(report.total)

    @admin.display(description="Download")
    def download(self, report: Report) -> str:
        if report.status != Status.READY:
            return NOTHING
        try:
            link = storage().presigned_get(report.key, expires=LINK_SECONDS, filename=report.filename)
        except StorageError:
            return NOTHING
        return format_html('<a href="{}">{}</a> (good for 15 minutes)', link, report.filename)

    @admin.display(description="Unmatched")
    def workbench(self, report: Report) -> str:
        if report.kind != Kind.UNMATCHED or report.status != Status.READY:
            return NOTHING
        place = reverse("admin:reports_workbench", args=[report.organisation_id])
        return format_html('<a href="{}?report={}">Work through what is unmatched</a>', place, report.pk)

    @admin.display(description="Totals")
    def totals_table(self, report: Report) -> str:
        rows = (
            (label, report.totals[name]["rows"], format_amount(Decimal(report.totals[name]["revenue"])))
            for name, label in (("matched", "In the catalogue"), ("unmatched", "Not in it"), ("everything", "Sold"))
            if name in report.totals
        )
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        head = "<tr><th></th><th>Sale lines</th><th>Revenue</th></tr>"
        return format_html("<table>" + head + "{}</table>", lines) if report.totals else NOTHING

    @admin.display(description="Checks")
    def checks_table(self, report: Report) -> str:
        rows = ((check["name"], check["expected"], check["found"]) for check in report.checks)
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        head = "<tr><th>Check</th><th>Expected</th><th>Found</th></tr>"
        return format_html("<table>" + head + "{}</table>", lines) if report.checks else NOTHING


def _request_like(request: HttpRequest, like: Report) -> Report:
    return request_report(
        organisation=like.organisation,
        kind=Kind(like.kind),
        period_from=like.period_from,
        period_to=like.period_to,
        format=Format(like.format),
        actor=request.user.get_username(),
        people=[request.user],  # type: ignore[list-item]
    )


@admin.register(ReportSchedule)
class ReportScheduleAdmin(ScheduleBase):
    """The schedules of all organisations."""

    list_display = ("organisation", "day", "format", "active", "last_period")
    list_filter = ("active",)
    list_select_related = ("organisation",)
    readonly_fields = ("last_period",)
    autocomplete_fields = ("organisation",)
