from __future__ import annotations

from django.apps import AppConfig


class SalesFilesConfig(AppConfig):
    name = "salesfiles"
    verbose_name = "Sales files"

    def ready(self) -> None:
        from layouts.services import unknown
        from salesfiles import metrics
        from salesfiles.services.previews import unknown_rows

        metrics.register()
        unknown.register(unknown_rows)
