"""The catalogue for the people who run OAS: search, edit, merge, and how imports fare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from catalogue.models import (
    Alias,
    Artist,
    CatalogueImport,
    CatalogueVersion,
    ImportProblem,
    Release,
    ReleaseArtist,
    ReleaseTrack,
    Stamped,
    Track,
    TrackArtist,
)
from catalogue.services import merge_works, search
from catalogue.services.changes import note_change
from catalogue.services.imports import start_import
from catalogue.services.imports.check_rows import REASONS
from catalogue.services.imports.progress import progress_of
from catalogue.validators import clean_isrc, clean_upc
from oas.api.refusals import Refused

if TYPE_CHECKING:  # Django's own classes take no type parameters
    Inline = admin.TabularInline[Any, Any]
    Page = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm
    Inline = admin.TabularInline
    Page = admin.ModelAdmin

MOST_MERGED = 50
MOST_PROBLEMS = 100


class ReleaseForm(ModelForm):
    upc = forms.CharField(label="UPC", required=False, help_text="UPC, EAN or GTIN, in any spelling.")

    def clean_upc(self) -> str:
        return clean_upc(self.cleaned_data["upc"])


class TrackForm(ModelForm):
    isrc = forms.CharField(label="ISRC", required=False, help_text="With or without hyphens.")

    def clean_isrc(self) -> str:
        return clean_isrc(self.cleaned_data["isrc"])


class ReleaseArtistInline(Inline):
    model = ReleaseArtist
    autocomplete_fields = ("artist",)
    extra = 0


class TrackArtistInline(Inline):
    model = TrackArtist
    autocomplete_fields = ("artist",)
    extra = 0


class PlaceInline(Inline):
    """The releases a track is on."""

    model = ReleaseTrack
    autocomplete_fields = ("release",)
    extra = 0
    verbose_name_plural = "On releases"


class TracksInline(Inline):
    """The tracks of a release."""

    model = ReleaseTrack
    autocomplete_fields = ("track",)
    extra = 0
    verbose_name_plural = "Tracks"


class AliasInline(Inline):
    """What sales files call it; made in the unmatched workbench or with the API."""

    model = Alias
    fields = readonly_fields = ("kind", "text", "created_by", "created_at")
    extra = 0

    def has_add_permission(self, *args: Any) -> bool:
        return False


class WorkAdmin(Page):
    """Every change here is counted, so that it is published like any other."""

    list_filter = ("organisation",)
    list_select_related = ("organisation",)
    list_per_page = 50
    show_full_result_count = False
    autocomplete_fields = ("organisation",)
    readonly_fields = ("created_at", "updated_at")
    actions = ("merge",)
    merge_service: Callable[..., Model]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A work stays in its organisation."""
        return (*self.readonly_fields, "organisation") if obj else self.readonly_fields

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        note_change(form.instance.organisation_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        note_change(obj.organisation_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        organisations = sorted(set(queryset.values_list("organisation", flat=True)))
        super().delete_queryset(request, queryset)
        for organisation in organisations:
            note_change(organisation)

    @admin.action(permissions=["change"], description="Merge into one")
    def merge(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """First a page that asks which one to keep; with its answer, the merge."""
        rows = list(queryset.order_by("pk")[: MOST_MERGED + 1])
        if not 2 <= len(rows) <= MOST_MERGED:
            self.message_user(request, f"Choose 2 to {MOST_MERGED} that are the same.", messages.ERROR)
            return None
        keep = next((row for row in rows if str(row.pk) == request.POST.get("keep")), None)
        if keep is None:
            return self._ask(request, rows)
        self._merge(request, keep, [row for row in rows if row != keep])
        return None

    def _ask(self, request: HttpRequest, rows: list[Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Merge {len(rows)} {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "rows": rows,
        }
        return TemplateResponse(request, "catalogue/merge.html", context)

    def _merge(self, request: HttpRequest, keep: Stamped, others: list[Any]) -> None:
        try:
            type(self).merge_service(keep=keep, others=others, actor=request.user.get_username())
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            self.message_user(request, f"{len(others)} merged into {keep}.", messages.SUCCESS)


@admin.register(Artist)
class ArtistAdmin(WorkAdmin):
    list_display = ("name", "id", "organisation", "updated_at")
    search_fields = ("name",)
    merge_service = merge_works.merge_artists


@admin.register(Release)
class ReleaseAdmin(WorkAdmin):
    form = ReleaseForm
    list_display = ("title", "version", "artist", "upc", "catalogue_number", "label", "date", "organisation")
    search_fields = ("title", "upc", "catalogue_number", "artist")  # what `get_search_results` looks at
    date_hierarchy = "date"
    inlines = (ReleaseArtistInline, TracksInline, AliasInline)
    merge_service = merge_works.merge_releases

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return search.search_releases(queryset, search_term), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Release]:
        return super().get_queryset(request).prefetch_related("credits__artist")


@admin.register(Track)
class TrackAdmin(WorkAdmin):
    form = TrackForm
    list_display = ("title", "version", "artist", "isrc", "duration", "organisation")
    search_fields = ("title", "isrc", "artist")  # what `get_search_results` looks at
    inlines = (TrackArtistInline, PlaceInline, AliasInline)
    merge_service = merge_works.merge_tracks

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return search.search_tracks(queryset, search_term), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Track]:
        return super().get_queryset(request).prefetch_related("credits__artist")


class ReadOnly(Page):
    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


@admin.register(Alias)
class AliasAdmin(ReadOnly):
    """Made from the unmatched list; taken back here."""

    list_display = ("text", "kind", "key", "target", "organisation", "created_by", "created_at")
    list_filter = ("kind", "organisation")
    list_select_related = ("organisation", "track", "release")
    search_fields = ("text", "key")
    show_full_result_count = False

    def has_delete_permission(self, *args: Any) -> bool:
        return super(ReadOnly, self).has_delete_permission(*args)

    def delete_model(self, request: HttpRequest, obj: Alias) -> None:
        super().delete_model(request, obj)
        note_change(obj.organisation_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Alias]) -> None:
        organisations = sorted(set(queryset.values_list("organisation", flat=True)))
        super().delete_queryset(request, queryset)
        for organisation in organisations:
            note_change(organisation)

    @admin.display(description="is")
    def target(self, alias: Alias) -> str:
        row = alias.track or alias.release
        name = "track" if alias.track else "release"
        address = reverse(f"admin:catalogue_{name}_change", args=[row.pk]) if row else ""
        return format_html('<a href="{}">{}</a>', address, row)


@admin.register(CatalogueVersion)
class CatalogueVersionAdmin(ReadOnly):
    list_display = ("name", "organisation", "rows", "aliases", "published_at")
    list_filter = ("organisation",)
    list_select_related = ("organisation",)


class ProblemInline(Inline):
    """The first of them; all are in the CSV that the API gives."""

    model = ImportProblem
    fields = readonly_fields = ("row", "column", "reason", "value")
    extra = 0
    verbose_name_plural = f"Rows left out (the first {MOST_PROBLEMS})"
    can_delete = False

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        formset = super().get_formset(request, obj, **options)

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
        """Seeing is not enough to act."""
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
