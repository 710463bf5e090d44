from __future__ import annotations

from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "salesfiles.links"
    label = "links"
    verbose_name = "Files by link"
