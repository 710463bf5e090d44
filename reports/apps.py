from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the handler for the results of report jobs, and which copies of the catalogue reports still read."""

    name = "reports"
    verbose_name = "Reports and totals"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from catalogue.services.published_copy import register_users
        from glider.contract import Module
        from jobs.services.finishing import register
        from reports.services.finish_report import handle
        from reports.services.start_report import versions_in_use

        register(Module.REPORT, handle)
        register_users(versions_in_use)
