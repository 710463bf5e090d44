"""What the label owns: artists, releases and tracks, and the copy of them that sales are matched against."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"
