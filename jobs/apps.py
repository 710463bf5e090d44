"""The way to Glider and back: the outbox of jobs, their dispatch, their leases, and the webhook."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "Jobs for Glider"

    def ready(self) -> None:
        from jobs import metrics

        metrics.register()
