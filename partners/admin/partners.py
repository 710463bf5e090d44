"""Partners and their keys in the admin site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from partners.models import ConsumerKey, Partner
from partners.services.partners import create_key, disable_key


@admin.register(Partner)
class PartnerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "organisation", "partner_id", "countries", "is_active", "created_at")
    list_filter = ("is_active", "organisation")
    search_fields = ("name", "partner_id")
    autocomplete_fields = ("organisation",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        return Partner.objects.unscoped().select_related("organisation")

    def get_readonly_fields(self, request: HttpRequest, partner: Partner | None = None) -> Any:
        # Its users, plays and reports are filed under both.
        return ("organisation", "partner_id") if partner else ()

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        # What its users played has to be reported, also after it is gone: it is made inactive instead.
        return False


class ConsumerKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ConsumerKey
        fields = ("partner", "name", "single_use")


@admin.register(ConsumerKey)
class ConsumerKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys are made and disabled, never changed. The secret is shown once, and on no page after it."""

    form = ConsumerKeyForm
    list_display = ("name", "key", "partner", "single_use", "created_at", "disabled_at")
    list_filter = ("partner",)
    list_select_related = ("partner",)
    search_fields = ("name", "key", "partner__name")
    actions = ("disable",)
    _shown = ("partner", "name", "key", "single_use", "created_at", "disabled_at")

    def get_fields(self, request: HttpRequest, obj: ConsumerKey | None = None) -> Any:
        return self._shown if obj else ("partner", "name", "single_use")

    def get_readonly_fields(self, request: HttpRequest, obj: ConsumerKey | None = None) -> Any:
        return self._shown if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ConsumerKey | None = None) -> bool:
        # Usage reports name the key that a play came with.
        return False

    def save_model(self, request: HttpRequest, obj: ConsumerKey, form: Any, change: bool) -> None:
        if change:
            return
        given = form.cleaned_data
        made = create_key(partner=given["partner"], name=given["name"], single_use=given["single_use"])
        obj.__dict__.update(made.key.__dict__)
        text = "The key is <code>{}</code>, its secret <code>{}</code>. Copy both now: the secret is not shown again."
        messages.warning(request, format_html(text, made.key.key, made.secret))

    @admin.action(description="Disable the selected keys", permissions=["change"])
    def disable(self, request: HttpRequest, keys: QuerySet[ConsumerKey]) -> None:
        for key in keys:
            disable_key(key)
        self.message_user(request, f"{len(keys)} disabled.")
