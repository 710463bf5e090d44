"""Shown by `manage.py help`; `manage.py` itself runs it without Django (see `oas.local.command`)."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oas.local import command


class Command(BaseCommand):
    help = "Run everything OAS needs (servers, workers, beat, web) as one process tree in one folder."

    def add_arguments(self, parser: CommandParser) -> None:
        command.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        names = {field.name for field in fields(command.Options)}
        sys.exit(command.run(command.Options(**{name: options[name] for name in names})))
