"""Exchange rates in the admin site: those of days, from a reference file, and of months, entered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rates.models import Rate

if TYPE_CHECKING:  # Django's own classes take no type parameters
    RateBase = admin.ModelAdmin[Rate]
    FormBase = forms.ModelForm[Rate]
else:
    RateBase, FormBase = admin.ModelAdmin, forms.ModelForm


class MonthForm(FormBase):
    """The form of a rate for a whole month."""

    class Meta:
        model = Rate
        fields = ("currency", "period", "units")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        same = Rate.objects.filter(currency=given.get("currency"), period=given.get("period"), day=None)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is a rate for this currency and month already.", code="unique")
        return given


class DailyOrMonthly(admin.SimpleListFilter):
    """Filters rates of days from those of months."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("day", "of a day"), ("month", "of a month, by hand")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rate]) -> QuerySet[Rate]:
        if self.value() is None:
            return queryset
        return queryset.filter(day__isnull=self.value() == "month")


@admin.register(Rate)
class RateAdmin(RateBase):
    list_display = ("currency", "period", "day", "units", "updated_at")
    list_filter = (DailyOrMonthly, "currency")
    search_fields = ("currency", "period")
    date_hierarchy = "day"
    form = MonthForm
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, rate: Rate | None = None) -> bool:
        # The rate of a day is as published. To change it, a rate for its month is entered, which counts instead.
        return super().has_change_permission(request, rate) and (rate is None or rate.day is None)
