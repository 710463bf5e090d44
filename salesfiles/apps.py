from __future__ import annotations

from django.apps import AppConfig


class SalesFilesConfig(AppConfig):
    name = "salesfiles"
    verbose_name = "Sales files"

    def ready(self) -> None:
        from jobs.services.finishing import register
        from salesfiles import metrics
        from salesfiles.services import job_results

        metrics.register()
        for module in job_results.MODULES:
            register(module, job_results.handle)
