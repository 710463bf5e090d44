"""Serializers of imports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalogue.api.serializers import CountsField, HeadersField
from catalogue.models import CatalogueImport, ImportProblem
from catalogue.services.imports.check_rows import REASONS
from catalogue.services.imports.progress import Progress, progress_of
from catalogue.services.imports.read_rows import MOST_BYTES


class ImportProgressSerializer(serializers.Serializer[Any]):
    percent = serializers.IntegerField(min_value=0, max_value=100)
    rows = serializers.IntegerField(help_text="Rows seen by the step at work.")


class ImportSerializer(serializers.ModelSerializer[CatalogueImport]):
    progress = serializers.SerializerMethodField()
    columns = HeadersField(help_text="Our column: the header it was found under.")
    ignored = serializers.ListField(child=serializers.CharField(), help_text="Headers that mean nothing to us.")
    counts = CountsField(help_text="Before it is applied what is new and known, then what was created and changed.")

    class Meta:
        model = CatalogueImport
        fields = [
            "id", "filename", "status", "cause", "message", "preview", "progress", "total_rows", "valid_rows",
            "error_rows", "counts", "columns", "ignored", "created_by", "created_at", "updated_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ImportProgressSerializer)
    def get_progress(self, row: CatalogueImport) -> Progress:
        return progress_of(row)


class StartedImportSerializer(ImportSerializer):
    presigned_url = serializers.URLField(
        allow_null=True, read_only=True, help_text="Without a `file`: PUT the content here, then `apply`."
    )

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "presigned_url"]
        read_only_fields = fields


class ImportInputSerializer(serializers.Serializer[Any]):
    """Either `file` (up to 32 MB), or `filename` and `filesize` of what will be uploaded with a link."""

    file = serializers.FileField(required=False, max_length=255, help_text="CSV, or CSV in gzip; any usual encoding.")
    filename = serializers.CharField(required=False, max_length=255)
    filesize = serializers.IntegerField(required=False, min_value=1, max_value=MOST_BYTES, help_text="In bytes.")
    preview = serializers.BooleanField(required=False, default=False, help_text="Wait for `apply` after the check.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "file" not in attrs and not {"filename", "filesize"} <= attrs.keys():
            raise serializers.ValidationError(
                {"file": "Send a file, or the filename and filesize of one."}, code="required"
            )
        return attrs


class PreviewQuerySerializer(serializers.Serializer[Any]):
    preview = serializers.BooleanField(required=False, default=False)


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    row = serializers.IntegerField(help_text="As a spreadsheet counts: the header is row 1.")
    reason = serializers.SerializerMethodField(help_text="For people.")

    class Meta:
        model = ImportProblem
        fields = ["row", "column", "code", "reason", "value"]
        read_only_fields = fields

    def get_reason(self, problem: ImportProblem) -> str:
        return REASONS[problem.code]


class ImportRowSerializer(serializers.Serializer[Any]):
    """A row as it will be applied; null where it says nothing."""

    row = serializers.IntegerField(source="number")
    isrc = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    version = serializers.CharField(allow_null=True)
    duration = serializers.IntegerField(allow_null=True)
    upc = serializers.CharField(allow_null=True)
    release_title = serializers.CharField(allow_null=True)
    release_version = serializers.CharField(allow_null=True)
    catalogue_number = serializers.CharField(allow_null=True)
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    release_date = serializers.DateField(allow_null=True)
    territories = serializers.CharField(allow_null=True)
    disc = serializers.IntegerField(allow_null=True)
    position = serializers.IntegerField(allow_null=True)


class ImportPreviewSerializer(serializers.Serializer[Any]):
    columns = HeadersField(help_text="Our column: the header it was found under.")
    ignored = serializers.ListField(child=serializers.CharField())
    counts = CountsField()
    rows = ImportRowSerializer(many=True)
