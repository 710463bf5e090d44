"""Serializers of the routes of reports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from glider.contract import UNMATCHED_REASONS
from oas.kernel.amounts import format_amount
from reports.choices import Format, Kind, Status
from reports.models import Report, ReportSchedule

_PERIOD: dict[str, Any] = {"max_length": 100, "required": False}


class SalesTotalsSerializer(serializers.Serializer[Any]):
    """Sums over sale lines: gross and net by currency, revenue in the organisation's."""

    rows = serializers.IntegerField()
    quantity = serializers.IntegerField()
    gross = serializers.DictField(child=serializers.CharField())
    net = serializers.DictField(child=serializers.CharField())
    revenue = serializers.CharField()


class ReportTotalsSerializer(serializers.Serializer[Any]):
    """`matched` + `unmatched` = `everything`: a MONTHLY report has the first, an UNMATCHED one the second."""

    matched = SalesTotalsSerializer()
    unmatched = SalesTotalsSerializer()
    everything = SalesTotalsSerializer()


class ReportCheckSerializer(serializers.Serializer[Any]):
    """Two numbers that must be equal."""

    name = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    tied = serializers.BooleanField()


class ReportProgressSerializer(serializers.Serializer[Any]):
    """How far Glider is with a report."""

    percent = serializers.IntegerField(min_value=0, max_value=100)
    rows = serializers.IntegerField(help_text="Sale lines read so far.")


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report: its months, its status, its totals and its link."""

    type = serializers.ChoiceField(Kind.choices, source="kind", read_only=True)
    to = serializers.CharField(source="period_to", read_only=True, help_text="The last month, YYYY-MM.")
    format = serializers.ChoiceField(Format.choices, read_only=True)
    status = serializers.ChoiceField(Status.choices, read_only=True)
    rows = serializers.IntegerField(read_only=True, allow_null=True, help_text="Lines of the report.")
    total = serializers.SerializerMethodField(help_text="Its revenue, in `currency`.")
    totals = serializers.SerializerMethodField(help_text="null until it is ready.")
    checks = ReportCheckSerializer(many=True, read_only=True)
    url = serializers.SerializerMethodField(help_text="The last link, while it works; else null: ask `link/`.")
    expires_at = serializers.SerializerMethodField(help_text="When `url` stops working.")
    progress = serializers.SerializerMethodField(help_text="null unless it is RUNNING.")
    requested_by = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = [
            "id", "uuid", "type", "to", "format", "status", "cause", "error_message", "progress", "rows", "total",
            "currency", "totals", "checks", "files", "groups", "suggested", "size", "catalogue_version", "url",
            "expires_at", "requested_by", "created_at", "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which Python does not take as the name of an attribute, before `to`."""
        fields = super().get_fields()
        first = serializers.CharField(source="period_from", read_only=True, help_text="The first month, YYYY-MM.")
        names = list(fields)
        place = names.index("to")
        return {
            **{name: fields[name] for name in names[:place]},
            "from": first,
            **{n: fields[n] for n in names[place:]},
        }

    @extend_schema_field(ReportTotalsSerializer(allow_null=True))
    def get_totals(self, report: Report) -> Any:
        return report.totals or None

    def get_total(self, report: Report) -> str | None:
        return None if report.total is None else format_amount(report.total)

    def get_url(self, report: Report) -> str | None:
        return report.link() or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_expires_at(self, report: Report) -> Any:
        return report.url_expires_at if report.link() else None

    @extend_schema_field(ReportProgressSerializer(allow_null=True))
    def get_progress(self, report: Report) -> Any:
        return self.context["progress"].get(report.job_id) if report.status == Status.RUNNING else None

    def get_requested_by(self, report: Report) -> list[str]:
        return [request.actor for request in report.requests.all()]


class ReportCreateSerializer(serializers.Serializer[Any]):
    """The report that is asked for: its months as `period`, or as `from` and `to`."""

    type = serializers.ChoiceField(Kind.choices)
    period = serializers.CharField(help_text="One month, YYYY-MM; or else `from` and `to`.", **_PERIOD)
    to = serializers.CharField(help_text="The last month.", **_PERIOD)
    format = serializers.ChoiceField(Format.choices, required=False, default=Format.CSV)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, which Python does not take as the name of an attribute."""
        return {**super().get_fields(), "from": serializers.CharField(help_text="The first month.", **_PERIOD)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return `attrs` with `from` and `to`, also where `period` was given. Raises ValidationError."""
        period, first, last = attrs.get("period"), attrs.get("from"), attrs.get("to")
        if period and (first or last):
            raise serializers.ValidationError({"period": "Either `period`, or `from` and `to`."}, code="ambiguous")
        if not period and not (first and last):
            missing = "period" if not (first or last) else ("to" if first else "from")
            raise serializers.ValidationError({missing: "This field is required."}, code="required")
        return {**attrs, "from": period or first, "to": period or last}


# --- unmatched ---


class SuggestionSerializer(serializers.Serializer[Any]):
    """The track or release that looks most like it; nothing is done with it until you say so."""

    reference = serializers.CharField()
    track = serializers.IntegerField(allow_null=True)
    release = serializers.IntegerField(allow_null=True)
    artist = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    score = serializers.IntegerField(help_text="0 to 100.")


class AliasMadeSerializer(serializers.Serializer[Any]):
    """An alias, and the track or release that it names."""

    id = serializers.IntegerField()
    track = serializers.IntegerField(allow_null=True)
    release = serializers.IntegerField(allow_null=True)


class GroupSerializer(serializers.Serializer[Any]):
    """Sale lines that one alias would match."""

    n = serializers.IntegerField(help_text="Its position in the list, for `accept/`.")
    kind = serializers.ChoiceField(["isrc", "upc", "artist_title"], allow_null=True, help_text="null: takes no alias.")
    key = serializers.CharField(allow_null=True)
    reason = serializers.ChoiceField(list(UNMATCHED_REASONS))
    level = serializers.ChoiceField(["track", "release"])
    artist = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    release = serializers.CharField(allow_null=True)
    isrc = serializers.CharField(allow_null=True)
    upc = serializers.CharField(allow_null=True)
    catalogue_number = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField(help_text="Sale lines.")
    quantity = serializers.IntegerField()
    revenue = serializers.CharField()
    suggestion = SuggestionSerializer(allow_null=True)
    alias = AliasMadeSerializer(allow_null=True, help_text="Made since: the next report matches it.")


class AcceptSerializer(serializers.Serializer[Any]):
    """The groups whose suggestions are accepted."""

    groups = serializers.ListField(
        child=serializers.IntegerField(min_value=0), allow_empty=False, max_length=1000, help_text="Their `n`."
    )


class AcceptedItemSerializer(serializers.Serializer[Any]):
    """What became of one group: its alias, or an error."""

    n = serializers.IntegerField()
    alias = AliasMadeSerializer(allow_null=True)
    error = serializers.DictField(allow_null=True, help_text="code and detail: why there is none.")


class AcceptedSerializer(serializers.Serializer[Any]):
    """One result for each group named, in the order of the request."""

    results = AcceptedItemSerializer(many=True)


# --- schedule ---


class ScheduleSerializer(serializers.ModelSerializer[ReportSchedule]):
    """The day of the month on which reports are made."""

    class Meta:
        model = ReportSchedule
        fields = ["day", "format", "active", "last_period"]
        read_only_fields = ["last_period"]
