"""The app of the Django project itself: system checks, and the OpenAPI schema."""

from __future__ import annotations

from django.apps import AppConfig


class OasConfig(AppConfig):
    name = "oas"
    verbose_name = "OAS"

    def ready(self) -> None:
        from oas import checks  # noqa: F401  (importing it registers the checks)
        from oas.api import openapi  # noqa: F401  (importing it registers the schemes)
