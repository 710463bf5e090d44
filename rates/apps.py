"""Exchange rates, and the rate of a month between two currencies."""

from __future__ import annotations

from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "rates"
    verbose_name = "Exchange rates"
