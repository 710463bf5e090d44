from __future__ import annotations

from django.apps import AppConfig


class SalesFilesConfig(AppConfig):
    """Registers the app's gauges, and its handler for the results of cleaning and importer jobs."""

    name = "salesfiles"
    verbose_name = "Sales files"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from jobs.services.finishing import register
        from salesfiles import metrics
        from salesfiles.services import job_results

        metrics.register()
        for module in job_results.MODULES:
            register(module, job_results.handle)
