"""`manage.py load_layouts`: load the layouts that come with OAS into the database (`migrate` does so too)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from layouts.services.shipped import load_layouts


class Command(BaseCommand):
    help = "Load the layouts that come with OAS into the database. Running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_layouts()
        self.stdout.write(f"{loaded.known} layouts, {loaded.changed} of them new or changed; {loaded.retired} retired.")
