"""Sales files in the admin site: everything is visible, nothing is edited; actions call the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from glider.contract import Cause
from jobs.models import Job
from oas.admin_pages import FewWords
from oas.api.refusals import Refused
from oas.kernel.amounts import format_amount
from oas.kernel.storage import StorageError
from rates.choices import Origin
from salesfiles.admin.mapping import MappingView
from salesfiles.models import SalesFile, StatusChange
from salesfiles.services.acceptance import accept_after_review, replace_overlapping
from salesfiles.services.cancellation import cancel
from salesfiles.services.files import delete_file
from salesfiles.services.processing import reimport
from salesfiles.services.progress import progress_of
from salesfiles.services.rates import is_stale
from salesfiles.services.snapshots import rejects_link

if TYPE_CHECKING:  # Django's own classes take no type parameters
    HistoryBase = admin.TabularInline[StatusChange, SalesFile]
    JobBase = admin.TabularInline[Job, SalesFile]
    SalesFileBase = admin.ModelAdmin[SalesFile]
else:
    HistoryBase = JobBase = admin.TabularInline
    SalesFileBase = FewWords

NOTHING = "-"
Service = Callable[..., None]


class ReadOnly(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """Rows that may be seen and never added, changed or deleted by hand."""

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


class HistoryInline(ReadOnly, HistoryBase):
    """The changes of a sales file's status."""

    model = StatusChange
    fields = readonly_fields = ("at", "from_status", "to_status", "cause", "message", "actor", "job")
    extra = 0
    verbose_name_plural = "History"


class JobInline(ReadOnly, JobBase):
    """The jobs of a sales file."""

    model = Job
    fields = readonly_fields = (
        "id", "module", "revision", "state", "attempts", "created_at", "published_at", "finished_at", "answer",
    )  # fmt: skip
    extra = 0

    @admin.display(description="Answer")
    def answer(self, job: Job) -> str:
        """Return why `job` failed, with the place in the code where a bug is the cause."""
        found = job.result or {}
        return " ".join(str(found[name]) for name in ("cause", "message", "detail") if found.get(name))


@admin.register(SalesFile)
class SalesFileAdmin(ReadOnly, SalesFileBase):
    """Sales files of all organisations, with actions for people who may change them."""

    list_display = (
        "filename", "uuid", "organisation", "status", "status_cause", "progress", "reporting_period", "source_format",
        "total_rows", "total", "stale", "rejected_rows", "created_at",
    )  # fmt: skip
    list_filter = ("status", "organisation", "reporting_period", "source_format", "status_cause")
    search_fields = ("filename", "mongo_db_id", "uuid", "sha256")
    list_select_related = ("organisation", "current_job")
    date_hierarchy = "created_at"
    list_per_page = 50
    # Django would count all sales files for each page, besides those that match the filters.
    show_full_result_count = False
    inlines = (HistoryInline, JobInline)
    actions = ("reimport", "accept_after_review", "replace_overlapping", "cancel", "delete_files")
    exclude = (
        "checks", "rejects_key", "warnings", "deleted_at", "swept_at", "rates", "live_rates", "total_local",
    )  # fmt: skip
    readonly_fields = (
        "progress", "total", "stale", "counting", "newest", "checks_table", "warnings_list", "rejects", "mapping",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(MappingView.as_view(admin_site=self.admin_site))
        return [path("<int:file>/map/", view, name="salesfiles_salesfile_map"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SalesFile]:
        files = SalesFile.objects.unscoped().filter(deleted_at=None).select_related("organisation", "current_job")
        return files.defer("current_job__message", "current_job__result")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the page of the list, with the progress of its files: one request to Redis a page."""
        page = super().get_changelist_instance(request)
        _attach_progress(list(page.result_list))
        return page

    def get_object(self, *args: Any, **options: Any) -> SalesFile | None:
        """Return one file, with its progress."""
        file = super().get_object(*args, **options)
        if file is not None:
            _attach_progress([file])
        return file

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may act on sales files; permission to view them is not enough."""
        return request.user.has_perm("salesfiles.change_salesfile")

    @admin.display(description="Progress")
    def progress(self, file: SalesFile) -> str:
        found = getattr(file, "attached_progress", None)
        return f"{found['module']} {found['percent']} %" if found else NOTHING

    @admin.display(description="Total", ordering="total_local")
    def total(self, file: SalesFile) -> str:
        known = file.total_local
        return NOTHING if known is None else f"{format_amount(known)} {file.organisation.currency}"

    @admin.display(description="Stale", boolean=True)
    def stale(self, file: SalesFile) -> bool:
        """Return whether what counts was made at another rate than is given now."""
        return is_stale(file)

    @admin.display(description="What counts")
    def counting(self, file: SalesFile) -> str:
        if file.live_revision is None:
            return "Nothing"
        return format_html("Revision {}{}", file.live_revision, _rates_table(file.live_rates))

    @admin.display(description="Exchange rates of the newest import")
    def newest(self, file: SalesFile) -> str:
        return _rates_table(file.rates) or NOTHING

    @admin.display(description="Checks")
    def checks_table(self, file: SalesFile) -> str:
        rows = (
            (check["name"], check["expected"], check["found"], "ties" if check["tied"] else "does not tie")
            for check in file.checks
        )
        lines = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        head = "<tr><th>Check</th><th>Expected</th><th>Found</th><th></th></tr>"
        return format_html("<table>" + head + "{}</table>", lines) if file.checks else NOTHING

    @admin.display(description="Warnings")
    def warnings_list(self, file: SalesFile) -> str:
        lines = format_html_join("", "<li>{}</li>", ((warning,) for warning in file.warnings))
        return format_html("<ul>{}</ul>", lines) if file.warnings else NOTHING

    @admin.display(description="Rejected lines")
    def rejects(self, file: SalesFile) -> str:
        try:
            return format_html('<a href="{}">Download</a> (good for 15 minutes)', rejects_link(file))
        except (Refused, StorageError):
            return NOTHING

    @admin.display(description="Layout")
    def mapping(self, file: SalesFile) -> str:
        if file.status_cause not in (Cause.UNKNOWN_LAYOUT, Cause.AMBIGUOUS_LAYOUT):
            return NOTHING
        return format_html(
            '<a href="{}">Map its columns by hand</a>', reverse("admin:salesfiles_salesfile_map", args=[file.pk])
        )

    @admin.action(permissions=["operate"], description="Reimport")
    def reimport(self, request: HttpRequest, files: QuerySet[SalesFile]) -> None:
        self._each(request, files, reimport, "is being reimported")

    @admin.action(permissions=["operate"], description="Accept as it is: it counts, whatever made it wait")
    def accept_after_review(self, request: HttpRequest, files: QuerySet[SalesFile]) -> None:
        self._each(request, files, accept_after_review, "is finalized")

    @admin.action(permissions=["operate"], description="Let it take the place of the files it overlaps with")
    def replace_overlapping(self, request: HttpRequest, files: QuerySet[SalesFile]) -> None:
        self._each(request, files, replace_overlapping, "is finalized, and the others are deleted")

    @admin.action(permissions=["operate"], description="Cancel")
    def cancel(self, request: HttpRequest, files: QuerySet[SalesFile]) -> None:
        self._each(request, files, cancel, "is cancelled")

    @admin.action(permissions=["operate"], description="Delete with its objects and totals")
    def delete_files(self, request: HttpRequest, files: QuerySet[SalesFile]) -> None:
        self._each(request, files, _delete, "is deleted")

    def _each(self, request: HttpRequest, files: QuerySet[SalesFile], service: Service, done: str) -> None:
        """Call `service` for each file and show a message for each; a refusal does not stop the others."""
        for file in files.order_by("pk"):
            try:
                service(file=file, actor=request.user.get_username())
            except (Refused, SalesFile.DoesNotExist) as refused:
                self.message_user(request, f"{file}: {refused}", messages.ERROR)
            else:
                self.message_user(request, f"{file} {done}.", messages.SUCCESS)


def _rates_table(rates: list[dict[str, Any]] | None) -> str:
    """Return the table of `rates` with their origins; empty without any."""
    rows = (
        (
            each["currency"],
            each["rate"],
            each["to_currency"],
            Origin(each["origin"]).label,
            each["period"],
            each["source"],
        )
        for each in rates or ()
    )
    lines = format_html_join("", "<tr><td>1 {} = {} {}</td><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
    head = "<tr><th>Rate</th><th>Origin</th><th>Month</th><th>Source</th></tr>"
    return format_html("<table>" + head + "{}</table>", lines) if rates else ""


def _delete(*, file: SalesFile, actor: str) -> None:
    delete_file(file=file)


def _attach_progress(files: list[SalesFile]) -> None:
    found = progress_of(files)
    for file in files:
        file.attached_progress = found.get(file.pk)  # type: ignore[attr-defined]
