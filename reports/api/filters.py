"""Filters of the list of reports."""

from __future__ import annotations

from django_filters import rest_framework as filters

from reports.choices import Format, Kind, Status
from reports.models import Report


class ReportFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of reports; of `type`, `status` and `format` several values may be given, and any of them matches."""

    type = filters.MultipleChoiceFilter(field_name="kind", choices=Kind.choices, distinct=False)
    status = filters.MultipleChoiceFilter(choices=Status.choices, distinct=False)
    format = filters.MultipleChoiceFilter(choices=Format.choices, distinct=False)
    period = filters.CharFilter(method="covering", label="Reports that cover this month, YYYY-MM.")

    class Meta:
        model = Report
        fields: list[str] = []

    def covering(self, reports: object, name: str, value: str) -> object:
        """Return those of `reports` whose months include `value`."""
        return reports.filter(period_from__lte=value, period_to__gte=value)  # type: ignore[attr-defined]
