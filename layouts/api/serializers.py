"""Layouts as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from layouts.models import KnownName, Layout, NameKind

if TYPE_CHECKING:
    LayoutBase = serializers.ModelSerializer[Layout]
    NameBase = serializers.ModelSerializer[KnownName]
else:
    LayoutBase = NameBase = serializers.ModelSerializer

FIELDS = ("name", "title", "source", "evidence", "origin", "version", "enabled", "updated_at")


class LayoutSerializer(LayoutBase):
    enabled = serializers.BooleanField(read_only=True, help_text="Whether files of this organisation are read with it.")

    class Meta:
        model = Layout
        fields: tuple[str, ...] = FIELDS
        read_only_fields: tuple[str, ...] = FIELDS


class LayoutDetailSerializer(LayoutSerializer):
    class Meta(LayoutSerializer.Meta):
        fields = (*FIELDS, "text")
        read_only_fields = fields


class KnownNameSerializer(NameBase):
    class Meta:
        model = KnownName
        fields = ("id", "kind", "written", "meaning", "created_by", "created_at")
        read_only_fields = fields


class KnownNameInputSerializer(serializers.Serializer[Any]):
    """What a store or a territory, as sales files write it, means."""

    kind = serializers.ChoiceField(NameKind.choices)
    written = serializers.CharField(max_length=200, help_text="As sales files write it; case and spaces do not count.")
    meaning = serializers.CharField(
        max_length=200, help_text="The DSP of a store; the ISO 3166-1 code of a territory, or XW for the whole world."
    )


class MeaningSerializer(serializers.Serializer[Any]):
    """Another meaning of a name."""

    meaning = serializers.CharField(max_length=200, help_text="The DSP of a store; the code of a territory.")
