"""Serializers of works and aliases. Ids, references and organisations are in no serializer for input."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalogue.models import (
    CODE_LENGTH,
    KEY_LENGTH,
    MOST_SECONDS,
    NAME_LENGTH,
    TITLE_LENGTH,
    Alias,
    AliasKind,
    Artist,
    Release,
    Role,
    Track,
)
from catalogue.validators import clean_isrc, clean_upc, validate_name, validate_territory

MOST_ID = 2**63 - 1
MOST_NESTED = 200
MOST_ALIASES = 500


class IsrcField(serializers.CharField):
    """An ISRC in any spelling, returned without hyphens."""

    def to_internal_value(self, data: Any) -> str:
        return clean_isrc(super().to_internal_value(data))


class UpcField(serializers.CharField):
    """A UPC, EAN or GTIN in any spelling, returned with 12, 13 or 14 digits."""

    def to_internal_value(self, data: Any) -> str:
        return clean_upc(super().to_internal_value(data))


class TerritoryField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()


class IdField(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_ID, **options)


# --- artists ---


class ArtistSerializer(serializers.ModelSerializer[Artist]):
    class Meta:
        model = Artist
        fields = ["id", "name", "created_at", "updated_at"]
        read_only_fields = fields


class ArtistInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME_LENGTH, validators=[validate_name])


class ArtistGivenSerializer(serializers.Serializer[Any]):
    """By `id`, or by `name`: an artist of that name is created when there is none."""

    id = IdField(required=False)
    name = serializers.CharField(required=False, max_length=NAME_LENGTH, validators=[validate_name])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("id" in attrs) == ("name" in attrs):
            raise serializers.ValidationError("Name an artist by its id or by its name.", code="one_of")
        return attrs


class CreditGivenSerializer(ArtistGivenSerializer):
    role = serializers.ChoiceField(Role.choices, required=False, default=Role.MAIN)


class ArtistOfReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="artist.id")
    name = serializers.CharField(source="artist.name")


class ArtistOfTrackSerializer(ArtistOfReleaseSerializer):
    role = serializers.ChoiceField(Role.choices)


# --- releases ---


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    reference = serializers.CharField(help_text="What reports call it.")
    artist = serializers.CharField(help_text="Its artists, as one text.")
    artists = ArtistOfReleaseSerializer(source="credits", many=True)

    class Meta:
        model = Release
        fields = [
            "id", "reference", "upc", "title", "version", "artist", "artists", "catalogue_number", "label", "date",
            "territories", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReleaseInputSerializer(serializers.Serializer[Any]):
    upc = UpcField(
        required=False, allow_blank=True, max_length=30, help_text="UPC, EAN or GTIN; its check digit holds."
    )
    title = serializers.CharField(max_length=TITLE_LENGTH, validators=[validate_name])
    version = serializers.CharField(required=False, allow_blank=True, max_length=TITLE_LENGTH)
    catalogue_number = serializers.CharField(required=False, allow_blank=True, max_length=CODE_LENGTH)
    label = serializers.CharField(required=False, allow_blank=True, max_length=NAME_LENGTH)  # type: ignore[assignment]
    date = serializers.DateField(required=False, allow_null=True, help_text="When it is or was first released.")
    territories = serializers.ListField(
        child=TerritoryField(validators=[validate_territory]),
        required=False,
        max_length=300,
        help_text="ISO 3166-1 alpha-2; empty: the whole world.",
    )
    artists: Any = serializers.ListSerializer(child=ArtistGivenSerializer(), required=False, max_length=MOST_NESTED)

    def validate_territories(self, codes: list[str]) -> list[str]:
        return sorted(set(codes))


class ReleaseGivenSerializer(serializers.Serializer[Any]):
    """By `id`, by `upc`, or by `title`: a release of that title is created when there is none."""

    id = IdField(required=False)
    upc = UpcField(required=False, max_length=30)
    title = serializers.CharField(required=False, max_length=TITLE_LENGTH, validators=[validate_name])
    disc = serializers.IntegerField(required=False, min_value=1, max_value=32767, default=1)
    position = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=32767, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("id", "upc", "title")) != 1:
            raise serializers.ValidationError("Name a release by its id, its UPC or its title.", code="one_of")
        return attrs


# --- tracks ---


class ReleaseOfTrackSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="release.id")
    upc = serializers.CharField(source="release.upc")
    title = serializers.CharField(source="release.title")
    disc = serializers.IntegerField()
    position = serializers.IntegerField(allow_null=True)


class TrackSerializer(serializers.ModelSerializer[Track]):
    reference = serializers.CharField(help_text="What reports call it.")
    artist = serializers.CharField(help_text="Its main artists, as one text.")
    artists = ArtistOfTrackSerializer(source="credits", many=True)
    releases = ReleaseOfTrackSerializer(source="places", many=True)

    class Meta:
        model = Track
        fields = [
            "id", "reference", "isrc", "title", "version", "artist", "artists", "duration", "releases", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class TrackInputSerializer(serializers.Serializer[Any]):
    isrc = IsrcField(required=False, allow_blank=True, max_length=30, help_text="With or without hyphens.")
    title = serializers.CharField(max_length=TITLE_LENGTH, validators=[validate_name])
    version = serializers.CharField(required=False, allow_blank=True, max_length=TITLE_LENGTH)
    duration = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOST_SECONDS, help_text="In seconds."
    )
    artists: Any = serializers.ListSerializer(child=CreditGivenSerializer(), required=False, max_length=MOST_NESTED)
    releases: Any = serializers.ListSerializer(child=ReleaseGivenSerializer(), required=False, max_length=MOST_NESTED)


# --- aliases ---


class AliasSerializer(serializers.ModelSerializer[Alias]):
    class Meta:
        model = Alias
        fields = ["id", "kind", "text", "key", "track", "release", "created_by", "created_at"]
        read_only_fields = fields


class AliasInputSerializer(serializers.Serializer[Any]):
    """`value` with kind isrc or upc, `artist` and `title` with artist_title; and either `track` or `release`."""

    kind = serializers.ChoiceField(AliasKind.choices)
    value = serializers.CharField(
        required=False, max_length=KEY_LENGTH, help_text="The ISRC or UPC, as it was reported."
    )
    artist = serializers.CharField(required=False, max_length=KEY_LENGTH, help_text="As it was reported.")
    title = serializers.CharField(required=False, max_length=KEY_LENGTH, help_text="As it was reported.")
    track = IdField(required=False, allow_null=True, help_text="The id of the track it is.")
    release = IdField(required=False, allow_null=True, help_text="Or the id of the release.")


class AliasesInputSerializer(serializers.Serializer[Any]):
    aliases: Any = serializers.ListSerializer(child=AliasInputSerializer(), allow_empty=False, max_length=MOST_ALIASES)


class AliasErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class AliasOutcomeSerializer(serializers.Serializer[Any]):
    alias = AliasSerializer(allow_null=True)
    error = AliasErrorSerializer(allow_null=True, help_text="Why there is none.")


class AliasOutcomesSerializer(serializers.Serializer[Any]):
    results = AliasOutcomeSerializer(many=True)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
class CountsField(serializers.JSONField):
    pass


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class HeadersField(serializers.JSONField):
    pass
