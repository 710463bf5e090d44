"""Works and aliases in the admin site: search, edit and merge."""

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

from catalogue.admin.pages import Inline, Page, ReadOnly
from catalogue.models import (
    Alias,
    Artist,
    Release,
    ReleaseArtist,
    ReleaseTrack,
    Stamped,
    Track,
    TrackArtist,
)
from catalogue.services import merge_works, search
from catalogue.services.changes import note_change
from catalogue.validators import clean_isrc, clean_upc
from oas.api.refusals import Refused

if TYPE_CHECKING:  # Django's own class takes no type parameters
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

MOST_MERGED = 50


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
    """The aliases of a work; they are created in the unmatched workbench or with the API."""

    model = Alias
    fields = readonly_fields = ("kind", "text", "created_by", "created_at")
    extra = 0

    def has_add_permission(self, *args: Any) -> bool:
        return False


class WorkAdmin(Page):
    """Admin of one kind of work. It counts its changes, as the services do, so that they are published."""

    list_filter = ("organisation",)
    list_select_related = ("organisation",)
    list_per_page = 50
    show_full_result_count = False
    autocomplete_fields = ("organisation",)
    readonly_fields = ("created_at", "updated_at")
    actions = ("merge",)
    merge_service: Callable[..., Model]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Let the organisation be chosen for a new work only."""
        return (*self.readonly_fields, "organisation") if obj else self.readonly_fields

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        # The last step of saving a page: a change is counted after all rows of it are written.
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
        """Show a page that asks which work to keep; with its answer, merge the others into it."""
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


@admin.register(Alias)
class AliasAdmin(ReadOnly):
    """Aliases, to be looked at and deleted; they are created from the unmatched list or with the API."""

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
