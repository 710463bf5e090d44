"""What every app shares."""

from __future__ import annotations

from django.apps import AppConfig


class OasConfig(AppConfig):
    name = "oas"
    verbose_name = "OAS"

    def ready(self) -> None:
        from oas import checks  # noqa: F401  (they register themselves)
        from oas.api import openapi  # noqa: F401  (they register themselves)
