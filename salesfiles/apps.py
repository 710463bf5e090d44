from __future__ import annotations

from django.apps import AppConfig


class SalesFilesConfig(AppConfig):
    name = "salesfiles"
    verbose_name = "Sales files"

    def ready(self) -> None:
        from salesfiles import measures

        measures.register()
