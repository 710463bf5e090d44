"""Imports and published copies in the admin site: how they fare, and applying a preview."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from catalogue.admin.pages import Inline, ReadOnly
from catalogue.models import CatalogueImport, CatalogueVersion, ImportProblem
from catalogue.services.imports import start_import
from catalogue.services.imports.check_rows import REASONS
from catalogue.services.imports.progress import progress_of
from oas.api.refusals import Refused

MOST_PROBLEMS = 100


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(ReadOnly):
    list_display = ("name", "organisation", "rows", "aliases", "published_at")
    list_filter = ("organisation",)
    list_select_related = ("organisation",)


class ProblemInline(Inline):
    """The first problems of an import; the API returns all of them as CSV."""

    model = ImportProblem
    fields = readonly_fields = ("row", "column", "reason", "value")
    extra = 0
    verbose_name_plural = f"Rows left out (the first {MOST_PROBLEMS})"
    can_delete = False

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        formset = super().get_formset(request, obj, **options)

        # Sliced at the last moment: Django filters the queryset of an inline itself, which a sliced one refuses.
        class First(formset):  # type: ignore[misc, valid-type]
            def get_queryset(self) -> Any:
                return super().get_queryset()[:MOST_PROBLEMS]

        return First

    @admin.display(description="what is wrong")
    def reason(self, problem: ImportProblem) -> str:
        return REASONS.get(problem.code, problem.code)


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ReadOnly):
    list_display = (
        "filename", "organisation", "status", "percent", "total_rows", "valid_rows", "error_rows", "created_by",
        "created_at", "finished_at",
    )  # fmt: skip
    list_filter = ("status", "organisation")
    list_select_related = ("organisation",)
    search_fields = ("filename",)
    exclude = ("uuid", "key", "etag", "step", "applied_to")
    readonly_fields = ("percent",)
    inlines = (ProblemInline,)
    actions = ("apply",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Allow the actions to users who may change imports, though no one edits them here."""
        return request.user.has_perm("catalogue.change_catalogueimport")

    @admin.display(description="progress")
    def percent(self, row: CatalogueImport) -> str:
        return f"{progress_of(row)['percent']} %"

    @admin.action(permissions=["operate"], description="Apply what has been previewed")
    def apply(self, request: HttpRequest, rows: QuerySet[CatalogueImport]) -> None:
        for row in rows.order_by("pk"):
            try:
                start_import.apply(row=row)
            except Refused as refused:
                self.message_user(request, f"{row}: {refused}", messages.ERROR)
            else:
                self.message_user(request, f"{row} is being applied.", messages.SUCCESS)
