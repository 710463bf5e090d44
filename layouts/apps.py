"""Layouts and stores of this installation: shipped and custom ones, switched per organisation, published."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LayoutsConfig(AppConfig):
    name = "layouts"
    label = "layouts"
    verbose_name = "Layouts and stores"

    def ready(self) -> None:
        from glider.contract import Module
        from jobs.services.finishing import register
        from layouts.services.previews import handle

        register(Module.PREVIEW, handle)
        post_migrate.connect(_load, sender=self, dispatch_uid="load_layouts")


def _load(**_: Any) -> None:
    # After every migration, so that the layouts of a new version of OAS are there as soon as its tables are.
    from layouts.services.shipped import load_layouts

    load_layouts()
