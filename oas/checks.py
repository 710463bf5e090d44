"""System checks of a deployment's settings (`manage.py check --deploy`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register


@register(Tags.security, deploy=True)
def deployment(app_configs: Any, **_: Any) -> list[CheckMessage]:
    return list(_messages())


def _messages() -> Iterator[CheckMessage]:
    if not settings.HTTPS:
        yield Warning("OAS_URL is not https://: passwords and keys would travel in the open.", id="oas.W001")
    if settings.CONFIG.debug:
        yield Error("OAS_DEBUG is on: it is for laptops.", id="oas.E001")
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning("OAS_ALLOWED_HOSTS lets every host name in.", id="oas.W002")
    if "*" in settings.CORS_ALLOWED_ORIGINS:
        yield Error("OAS_CORS_ORIGINS names origins; * is not one.", id="oas.E002")
    if not settings.STATIC_COLLECTED:
        yield Info("Static files carry no hash yet: run manage.py collectstatic.", id="oas.I001")
