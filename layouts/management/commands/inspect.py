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
from layouts.models import Layout
from layouts.services.layout_sets import live_versions, names_of


class Command(BaseCommand):
    help = "Show what OAS sees in a sales file: container, encoding, header, layout and why, first lines, totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", type=int, default=0, help="whose layouts are used (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = live_versions(options["organisation"])
        contents = Layout.objects.filter(pk__in=ids).values_list("content", flat=True)
        layouts = tuple(Definition.model_validate(content) for content in contents)
        names = names_of(options["organisation"])
        stores = shipped_stores().with_names({entry["store"]: entry["dsp"] for entry in names["stores"]})
        territories = {entry["territory"]: entry["code"] for entry in names["territories"]}
        if not show(options["file"], layouts, stores, territories):
            raise SystemExit(FAILED)
