"""Serializers of the routes of sales files.

Fields that processing fills in are in no serializer for input, so a client that sends them changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oas.kernel.periods import PERIOD
from rates.choices import Origin
from salesfiles.api.fields import AmountField, EncodingField, FileTypeField, LowerCaseField
from salesfiles.choices import DecimalMark, UploadMode
from salesfiles.models import DOCUMENT_ID, SalesFile, StatusChange
from salesfiles.services.rates import is_stale
from salesfiles.services.snapshots import LISTS
from salesfiles.services.uploads import MOST_PARTS
from salesfiles.status import Action, Status

MOST_IDS = 100
BULK_ACTIONS = (Action.UPLOAD, Action.CLEAN, Action.IMPORT, Action.REIMPORT)
_PERIOD: dict[str, Any] = {
    "error_messages": {"invalid": "A period is a year and a month: YYYY-MM."},
    "allow_blank": True,
}
_RATE: dict[str, Any] = {
    "min_value": Decimal("1e-18"),
    "max_value": Decimal("1e9"),
    "help_text": "Revenue is net times this: units of the currency of your books for one of the file's. Without it, "
    "the reference rate of the statement period is taken; a file for which none is known fails "
    "(`exchange_rate_missing`). A file in several currencies takes the reference rate of each.",
}


class CheckSerializer(serializers.Serializer[Any]):
    """Two numbers that must be equal."""

    name = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    tied = serializers.BooleanField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the module at work is."""

    module = serializers.CharField()
    percent = serializers.IntegerField(min_value=0, max_value=100)
    rows = serializers.IntegerField(help_text="Lines done so far.")


class RateSerializer(serializers.Serializer[Any]):
    """The rate of one currency, and where it comes from."""

    currency = serializers.CharField(help_text="Of the file.")
    to_currency = serializers.CharField(help_text="Of the books.")
    rate = serializers.CharField(help_text="Units of `to_currency` for one of `currency`, exactly.")
    origin = serializers.ChoiceField(Origin.choices)
    period = serializers.CharField(help_text="The month of a reference or fixed rate, YYYY-MM; else empty.")
    source: Any = serializers.CharField(help_text="Where a reference or fixed rate comes from, in words; else empty.")


class SalesFileSerializer(serializers.ModelSerializer[SalesFile]):
    """A sales file: what was declared, its status, and the figures that processing found."""

    exchange_rate = AmountField(
        source="rate",
        read_only=True,
        allow_null=True,
        help_text="As given, else the one that was used; null while there is none, and when each of several currencies "
        "has its own.",
    )
    exchange_rates = RateSerializer(
        source="rates", many=True, read_only=True, allow_null=True, help_text="Of the newest import, by currency."
    )
    total_local = AmountField(read_only=True, allow_null=True, help_text="Revenue, in `local_currency`.")
    local_currency = serializers.CharField(
        source="organisation.currency", read_only=True, help_text="Of the books; `currency` is that of the file."
    )
    live_revision = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The revision that counts, also while a newer one is made or failed."
    )
    live_exchange_rates = RateSerializer(
        source="live_rates", many=True, read_only=True, allow_null=True, help_text="By which `live_revision` counts."
    )
    stale = serializers.SerializerMethodField(
        help_text="Whether what counts was made at another rate than is given now: `reimport` brings it up to date."
    )
    progress = serializers.SerializerMethodField(help_text="Of the module at work; null when none is.")
    actions = serializers.SerializerMethodField(help_text="What `process` would take now.")

    class Meta:
        model = SalesFile
        fields = [
            "id", "uuid", "filename", "filetype", "filesize", "mongo_db_id", "organisation", "status", "status_cause",
            "error_message", "reporting_period", "upload_mode", "response_module", "module_response", "exchange_rate",
            "layout", "decimal_mark", "day_first", "encoding",
            "exchange_rates", "total_rows", "total_artists", "total_local", "local_currency", "source_format",
            "currency", "revision", "live_revision", "live_exchange_rates", "stale", "sha256",
            "accepted_rows", "rejected_rows", "skipped_rows", "progress", "actions", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, file: SalesFile) -> Any:
        # The view asks Redis once for a whole page, and hands the answers over in the context, by id.
        return self.context["progress"].get(file.pk)

    def get_stale(self, file: SalesFile) -> bool:
        return is_stale(file)

    def get_actions(self, file: SalesFile) -> list[str]:
        return [str(action) for action in file.actions]


class SalesFileDetailSerializer(SalesFileSerializer):
    """A sales file by itself: with the warnings, which a list of files leaves out."""

    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Of the newest cleaning, in words."
    )

    class Meta(SalesFileSerializer.Meta):
        fields = [*SalesFileSerializer.Meta.fields, "warnings"]
        read_only_fields = fields


class CreateSerializer(serializers.Serializer[Any]):
    """What a client declares of a new sales file."""

    filename = serializers.CharField(max_length=255)
    filetype = FileTypeField(help_text="Upper or lower case.")
    filesize = serializers.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        help_text="In bytes or in bits: what is uploaded must match one of the two.",
    )
    mongo_db_id = LowerCaseField(DOCUMENT_ID, help_text="24 hexadecimal digits, unique in the organisation.")
    reporting_period = serializers.RegexField(PERIOD, required=False, help_text="YYYY-MM", **_PERIOD)
    upload_mode = serializers.ChoiceField(UploadMode.choices, required=False, default=UploadMode.MANUALLY)
    response_module = serializers.CharField(max_length=64, required=False, default="PENDING")
    exchange_rate = AmountField(required=False, allow_null=True, **_RATE)
    organisation = serializers.IntegerField(required=False, write_only=True, help_text="Only the active one is taken.")


class UpdateSerializer(serializers.Serializer[Any]):
    """The details that may be changed, and a person's answers where the file does not decide; null takes one back."""

    reporting_period = serializers.RegexField(PERIOD, required=False, help_text="YYYY-MM", **_PERIOD)
    exchange_rate = AmountField(required=False, allow_null=True, **_RATE)
    layout = serializers.CharField(
        required=False, allow_null=True, max_length=64, help_text="The layout, in use for you, that it is read by."
    )
    decimal_mark = serializers.ChoiceField(DecimalMark.choices, required=False, allow_null=True)
    day_first = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether 1/2/2026 is the first of February."
    )
    encoding = EncodingField(required=False, allow_null=True, help_text="The encoding that the file is read in.")


class ChangeSerializer(serializers.ModelSerializer[StatusChange]):
    """A change of a sales file's status."""

    class Meta:
        model = StatusChange
        fields = ["id", "from_status", "to_status", "cause", "message", "actor", "job", "at"]
        read_only_fields = fields


# --- process ---


class ProcessSerializer(serializers.Serializer[Any]):
    """An action, and how the content will be sent."""

    action = serializers.ChoiceField(Action.choices)
    parts = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PARTS,
        help_text="With `upload`: the number of parts of a multipart upload.",
    )
    content_length = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="With `upload`: the bytes that will be sent; the link takes no other size.",
    )


class PartSerializer(serializers.Serializer[Any]):
    """A part of a multipart upload, counted from 1, and the link that takes it."""

    number = serializers.IntegerField()
    url = serializers.URLField()


class MultipartSerializer(serializers.Serializer[Any]):
    """A multipart upload."""

    upload_id = serializers.CharField()
    parts = PartSerializer(many=True)


class ProcessedSerializer(serializers.Serializer[Any]):
    """The status after an action, and the links that it hands out."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(Status.choices)
    presigned_url = serializers.URLField(allow_null=True, help_text="With `upload`: PUT the content here.")
    upload = MultipartSerializer(allow_null=True, help_text="With `upload` and `parts`.")


class BulkSerializer(serializers.Serializer[Any]):
    """An action for several sales files."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=MOST_IDS)
    action = serializers.ChoiceField([(action.value, action.label) for action in BULK_ACTIONS])


class BulkErrorSerializer(serializers.Serializer[Any]):
    """Why one sales file was refused."""

    code = serializers.CharField()
    detail = serializers.CharField()


class BulkItemSerializer(serializers.Serializer[Any]):
    """What became of one sales file."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    presigned_url = serializers.URLField(allow_null=True)
    error = BulkErrorSerializer(allow_null=True, help_text="Why this one was refused; may carry more facts.")


class BulkResultSerializer(serializers.Serializer[Any]):
    """One result for each id, in the order of the request."""

    results = BulkItemSerializer(many=True)


# --- rejects, snapshot ---


class LinkSerializer(serializers.Serializer[Any]):
    """A link to S3."""

    url = serializers.URLField(help_text="Good for 15 minutes.")


class SnapshotQuerySerializer(serializers.Serializer[Any]):
    """Which lists of a snapshot to return, how many rows of each, and as what."""

    only = serializers.CharField(required=False, help_text="Names of lists, separated by commas: byArtist,byDSP.")
    limit = serializers.IntegerField(required=False, min_value=1, help_text="Rows of each list.")
    format = serializers.ChoiceField(["json", "csv"], required=False, default="json")

    def validate_only(self, value: str) -> list[str]:
        """Return the names in `value`, which are separated by commas. Raises ValidationError for unknown ones."""
        names = [name.strip() for name in value.split(",") if name.strip()]
        unknown = sorted(set(names) - set(LISTS))
        if unknown:
            raise serializers.ValidationError(f"No such list: {', '.join(unknown)}. There are {', '.join(LISTS)}.")
        return names


class TotalSerializer(serializers.Serializer[Any]):
    """A row of a list: the sales of one artist, DSP, territory, track or release."""

    name = serializers.CharField()
    revenue = serializers.CharField()
    quantity = serializers.IntegerField()
    rows = serializers.IntegerField()
    share = serializers.CharField(help_text="Of the file's revenue.")
    artist = serializers.CharField(required=False)
    isrc = serializers.CharField(required=False)
    upc = serializers.CharField(required=False)


class SnapshotSerializer(serializers.Serializer[Any]):
    """The totals of one revision, and up to five lists of them."""

    id = serializers.IntegerField()
    mongo_db_id = serializers.CharField()
    revision = serializers.IntegerField()
    status = serializers.ChoiceField(Status.choices)
    reporting_period = serializers.CharField()
    periods = serializers.ListField(child=serializers.CharField())
    currency = serializers.CharField(allow_null=True, help_text="Of the file; null when it has several.")
    total_rows = serializers.IntegerField()
    total_local = serializers.CharField(help_text="Revenue, in `local_currency`.")
    local_currency = serializers.CharField(help_text="Of the books: every revenue below is in it.")
    exchange_rates = RateSerializer(many=True)
    checks = CheckSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField(), help_text="Of the cleaning of this revision.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add a field for each of `LISTS`; a list that was not asked for is left out of an answer."""
        lists = {name: TotalSerializer(many=True, required=False) for name in LISTS}
        return {**super().get_fields(), **lists}
