"""Serializer fields of sales files: exact amounts, encodings, and texts that are taken in either case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oas.kernel.amounts import format_amount
from oas.kernel.intake.encodings.names import NAMED, named
from salesfiles.choices import FileType


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["1234.560001"]})
class AmountField(serializers.DecimalField):
    """An exact number, written as a string without exponent or needless zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=38, decimal_places=18, **options)

    def to_representation(self, value: Any) -> str:
        return format_amount(Decimal(value))


class FileTypeField(serializers.ChoiceField):
    """A file type, taken in either case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=FileType.choices, **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.strip().upper() if isinstance(data, str) else data)


class EncodingField(serializers.ChoiceField):
    """An encoding, taken in any of its usual spellings."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=NAMED, **options)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value((named(data) or data) if isinstance(data, str) else data)


class LowerCaseField(serializers.RegexField):
    """A text that is put into lower case before it is matched."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)
