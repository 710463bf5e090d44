"""Organisations, members, API keys and logins in the admin site. A secret is shown once, when it is made."""

from __future__ import annotations

from typing import Any

from axes.admin import AccessAttemptAdmin
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts import services
from accounts.models import ApiKey, LoginToken, Membership, Organisation, Scope

admin.site.site_header = "OAS"
admin.site.site_title = "OAS"
admin.site.index_title = "Sales files, organisations and access"
# django-axes leaves this action open to every person who may view the list.
AccessAttemptAdmin.cleanup_expired_attempts.allowed_permissions = ("delete",)


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 1
    autocomplete_fields = ("user",)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "id", "currency", "created_at")
    search_fields = ("name",)
    readonly_fields = ("created_at",)
    fieldsets = (
        (None, {"fields": ("name", "currency", "created_at")}),
        ("When a sales file waits", {"fields": ("most_rejected",)}),
        ("What it may use", {"fields": ("most_files_in_flight", "most_bytes_a_day", "most_requests_a_minute")}),
    )
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> Any:
        # Its totals are sums in this currency: another one would be added to them as if it were the same.
        return (*self.readonly_fields, "currency") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        # Its sales files, keys and objects in S3 would be left without an owner.
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "organisation", "role", "created_at")
    list_filter = ("role", "organisation")
    list_select_related = ("user", "organisation")
    search_fields = ("user__username", "organisation__name")
    autocomplete_fields = ("user", "organisation")


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ, Scope.WRITE]
    )

    class Meta:
        model = ApiKey
        fields = ("organisation", "name", "scopes", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys are made and revoked, never changed: their holders rely on their scopes."""

    form = ApiKeyForm
    list_display = ("name", "prefix", "organisation", "may", "state", "last_used_at", "expires_at", "created_by")
    list_filter = ("organisation", "revoked_at")
    list_select_related = ("organisation", "created_by")
    search_fields = ("name", "prefix", "organisation__name")
    autocomplete_fields = ("organisation",)
    actions = ("revoke",)
    _entered = ("organisation", "name", "scopes", "expires_at")
    _shown = ("organisation", "name", "prefix", "may", "state", "expires_at", "last_used_at", "created_by")

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self._shown if obj else self._entered

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self._shown if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        # Histories name revoked keys.
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            return
        given = form.cleaned_data
        key, text = services.create_key(
            organisation=given["organisation"],
            name=given["name"],
            scopes=given["scopes"],
            expires_at=given["expires_at"],
            created_by=request.user,  # type: ignore[arg-type]
        )
        obj.__dict__.update(key.__dict__)
        shown = format_html("The key is <code>{}</code>. Copy it now: it is not shown again.", text.text)
        messages.warning(request, shown)

    @admin.display(description="may")
    def may(self, key: ApiKey) -> str:
        return " and ".join(key.scopes)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        return "good" if key.is_valid() else "expired"

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        count = sum(services.revoke_key(key) for key in keys)
        self.message_user(request, f"{count} revoked.")


@admin.register(LoginToken)
class LoginTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Ends logins; a new one is made by logging in."""

    list_display = ("user", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    readonly_fields = ("user", "created_at", "expires_at")
    actions = ("end",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="End the selected logins", permissions=["delete"])
    def end(self, request: HttpRequest, tokens: QuerySet[LoginToken]) -> None:
        count, _ = tokens.delete()
        self.message_user(request, f"{count} ended.")
