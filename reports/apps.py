from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Reports and totals"

    def ready(self) -> None:
        from catalogue.services.published_copy import register_users
        from glider.contract import Module
        from reports.services.finishing import finish
        from reports.services.starting import versions_in_use
        from reports.summary import keeping
        from salesfiles.services import counting
        from salesfiles.services.callbacks import on_end

        on_end(Module.REPORT, finish)
        register_users(versions_in_use)
        counting.keep_with(keeping.KEEPER)
