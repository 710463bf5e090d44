"""What partners have sent, in the admin site: to be looked at, as partners alone change it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from partners.models import PartnerUser, Play, Playlist


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages that show and change nothing."""

    list_select_related: ClassVar[Any] = ("partner",)
    list_filter: ClassVar[Any] = ("partner",)
    # A partner may have a million of them, which would be counted for every page.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(PartnerUser)
class PartnerUserAdmin(ReadOnly):
    list_display = ("id", "partner", "user_id", "country", "created_at")
    search_fields = ("user_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerUser]:
        return PartnerUser.objects.unscoped()


@admin.register(Playlist)
class PlaylistAdmin(ReadOnly):
    list_display = ("id", "partner", "name", "user", "is_public", "track_count", "updated_at")
    list_select_related = ("partner", "user")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Playlist]:
        return Playlist.objects.unscoped()


@admin.register(Play)
class PlayAdmin(ReadOnly):
    list_display = ("id", "partner", "kind", "track_id", "country", "seconds", "played_at", "received_at")
    list_filter = ("partner", "kind")
    exclude = ("digest",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Play]:
        return Play.objects.unscoped()
