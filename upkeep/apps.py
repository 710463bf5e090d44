from __future__ import annotations

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    """An app without models: management commands and daily tasks."""

    name = "upkeep"
    verbose_name = "Upkeep"
