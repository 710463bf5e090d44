"""`manage.py inspect FILE`: show what OAS sees in a sales file, and why. Nothing is sent or stored.

Without OAS's settings in the environment it uses the layouts that come with OAS; with them, those of the database.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from glider.layouts.layout import Layout as Definition
from glider.layouts.stores import shipped_stores
from glider.terminal import FAILED, show
from layouts.models import Layout, StoreName
from layouts.services.layout_sets import live_versions


class Command(BaseCommand):
    help = "Show what OAS sees in a sales file: container, encoding, header, layout and why, first lines, totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", type=int, default=0, help="whose layouts are used (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = live_versions(options["organisation"])
        contents = Layout.objects.filter(pk__in=ids).values_list("content", flat=True)
        layouts = tuple(Definition.model_validate(content) for content in contents)
        stores = shipped_stores().with_names(dict(StoreName.objects.values_list("store", "dsp")))
        if not show(options["file"], layouts, stores):
            raise SystemExit(FAILED)
