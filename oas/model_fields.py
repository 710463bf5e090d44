"""Fields of models that several rows have in the same form."""

from __future__ import annotations

from typing import Any

from django.db import models


def amount_field(**options: Any) -> models.DecimalField[Any, Any]:
    """Return a field for exact amounts: 20 digits before the point, 18 after it."""
    return models.DecimalField(max_digits=38, decimal_places=18, **options)


def found_field(**options: Any) -> Any:
    """Return a field for JSON that processing finds; None until then."""
    return models.JSONField(null=True, blank=True, editable=False, **options)
