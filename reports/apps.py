from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Reports and totals"

    def ready(self) -> None:
        from catalogue.services.published_copy import register_users
        from glider.contract import Module
        from reports.services.finish_report import finish
        from reports.services.start_report import versions_in_use
        from salesfiles.services import counting
        from salesfiles.services.callbacks import on_end
        from totals.services import ledger

        on_end(Module.REPORT, finish)
        register_users(versions_in_use)
        counting.keep_with(ledger.KEEPER)
