"""The answer to a client that has failed to log in too often, at the API or at the admin site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oas.api.errors import envelope, is_api


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """429 with Retry-After; called by django-axes."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    detail = f"Too many failed logins for this name from this address: try again in {seconds // 60} minutes."
    answer = envelope(429, "locked_out", detail) if is_api(request) else _page(request, detail)
    answer["Retry-After"] = str(seconds)
    return answer


def _page(request: HttpRequest, detail: str) -> HttpResponse:
    return render(request, "locked_out.html", {"detail": detail}, status=429)
