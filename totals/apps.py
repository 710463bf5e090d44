"""Totals over all sale lines of an organisation."""

from __future__ import annotations

from django.apps import AppConfig


class TotalsConfig(AppConfig):
    name = "totals"
    verbose_name = "Totals"
