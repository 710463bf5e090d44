"""Files by link: Google Drive and presigned links."""

from __future__ import annotations

from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "fetcher"
    label = "fetcher"
    verbose_name = "Files by link"
