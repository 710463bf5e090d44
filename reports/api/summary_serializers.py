"""Serializers of the summary: the question, and the answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from oas.kernel.periods import PERIOD, month_number
from totals.services.queries import BY, Question

MOST_RESULTS = 1000
RESULTS, LINES = 100, 10  # without `limit`: of a list, of a chart
_MONTH: dict[str, Any] = {
    "required": False,
    "error_messages": {"invalid": "A period is a year and a month: YYYY-MM."},
    "help_text": "YYYY-MM",
}


class SummaryQuerySerializer(serializers.Serializer[Any]):
    """Which sales to sum up, and by what."""

    path = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    by = serializers.ChoiceField([*BY, "period"], required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_RESULTS)
    series = serializers.ChoiceField(["month"], required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which Python does not take as the name of an attribute, and `to`."""
        months = {name: serializers.RegexField(PERIOD, **_MONTH) for name in ("from", "to")}
        return {**months, **super().get_fields()}

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return `given`. Raises ValidationError when `from` is after `to`."""
        if given.get("from", "") > given.get("to", "9999-12"):
            text = f"{given['from']} is after {given['to']}."
            raise serializers.ValidationError({"from": serializers.ErrorDetail(text, "from_after_to")})
        return given


def question_of(given: dict[str, Any]) -> Question:
    """Return the question that the validated query `given` asks."""
    first, last = (month_number(given[name]) if name in given else None for name in ("from", "to"))
    series = "series" in given
    limit = given.get("limit", LINES if series else RESULTS)
    return Question(first=first, last=last, by=given.get("by", ""), limit=limit, series=series)


class SummaryRowSerializer(serializers.Serializer[Any]):
    """The sales of one artist, DSP, territory, track, release or month."""

    name = serializers.CharField(help_text="`(not stated)` or `(whole releases)` for lines that name none.")
    artist = serializers.CharField(required=False)
    isrc = serializers.CharField(required=False)
    upc = serializers.CharField(required=False)
    revenue = serializers.CharField()
    quantity = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="Sale lines.")
    share = serializers.CharField(help_text="Of total_gross_exact, to six places.")
    files = serializers.IntegerField(required=False, help_text="With `by=period`.")


class SummaryRestSerializer(serializers.Serializer[Any]):
    """The sum of all rows that are not in the list."""

    revenue = serializers.CharField()
    quantity = serializers.IntegerField()
    rows = serializers.IntegerField()


class PointsSerializer(serializers.Serializer[Any]):
    """A value for each month."""

    revenue = serializers.ListField(child=serializers.CharField(), help_text="One for each of `periods`.")
    quantity = serializers.ListField(child=serializers.IntegerField())


class LineSerializer(PointsSerializer):
    """A line of a chart."""

    name = serializers.CharField()
    artist = serializers.CharField(required=False)
    isrc = serializers.CharField(required=False)
    upc = serializers.CharField(required=False)


class RestPointsSerializer(serializers.Serializer[Any]):
    """For each month, the sum of all that has no line."""

    revenue = serializers.ListField(child=serializers.CharField())


class SeriesSerializer(serializers.Serializer[Any]):
    """The data of a chart by month."""

    periods = serializers.ListField(child=serializers.CharField(), help_text="Every month, also those without sales.")
    total = PointsSerializer()
    lines = LineSerializer(many=True, help_text="With `by`: the largest ones.")
    rest = RestPointsSerializer(allow_null=True, help_text="The total without the lines.")


class MissingSerializer(serializers.Serializer[Any]):
    """The months that a source has not reported."""

    source = serializers.CharField(help_text="A layout, as in `source_format`.")  # type: ignore[assignment]
    first = serializers.CharField(help_text="The first month it reported.")
    last = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Months in between without a report.")


class SummarySerializer(serializers.Serializer[Any]):
    """Totals over all sales files of an organisation, or over those of one upload by link."""

    organisation = serializers.IntegerField()
    currency = serializers.CharField(help_text="What revenue is in.")
    path = serializers.IntegerField(allow_null=True)
    files = serializers.IntegerField(help_text="Sales files that count (with sales in the span, where there is one).")
    artists = serializers.IntegerField(help_text="Different ones over all files, as are those that follow.")
    releases = serializers.IntegerField()
    tracks = serializers.IntegerField()
    dsps = serializers.IntegerField()
    territories = serializers.IntegerField()
    rows = serializers.IntegerField(help_text="Sale lines.")
    quantity = serializers.IntegerField()
    total_gross = serializers.IntegerField(help_text="The sum of total_local, rounded half-even.")
    total_gross_exact = serializers.CharField()
    periods = serializers.ListField(child=serializers.CharField(), help_text="Months with sales.")
    missing_periods = MissingSerializer(many=True)
    changed_at = serializers.DateTimeField(allow_null=True, help_text="When a file was last counted or taken out.")
    results = SummaryRowSerializer(many=True, allow_null=True, help_text="With `by`.")
    rest = SummaryRestSerializer(allow_null=True, help_text="What is not among `results`.")
    series = SeriesSerializer(allow_null=True, help_text="With `series=month`.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which Python does not take as the name of an attribute, and `to` after the head."""
        fields = super().get_fields()
        months = {name: serializers.CharField(allow_null=True, help_text="As asked.") for name in ("from", "to")}
        head = ("organisation", "currency", "path")
        return {**{name: fields.pop(name) for name in head}, **months, **fields}
