"""Requests that may be sent twice: the first response is stored, and repeated."""

from __future__ import annotations

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "idempotency"
    label = "idempotency"
    verbose_name = "Repeated requests"
