"""What pages of the catalogue in the admin site share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from oas.admin_pages import FewWords

if TYPE_CHECKING:  # Django's own classes take no type parameters
    Inline = admin.TabularInline[Any, Any]
    Page = admin.ModelAdmin[Any]
else:
    Inline = admin.TabularInline
    Page = FewWords


class ReadOnly(Page):
    """A page to look at rows without changing any."""

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False
