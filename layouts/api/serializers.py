"""Layouts as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import serializers

from layouts.models import Layout

if TYPE_CHECKING:
    LayoutBase = serializers.ModelSerializer[Layout]
else:
    LayoutBase = serializers.ModelSerializer

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
