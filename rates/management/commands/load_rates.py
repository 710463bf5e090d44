"""`manage.py load_rates FILE`: load the ECB's reference rates (eurofxref-hist.csv, or the ZIP it comes in)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rates.reference import BadReferenceFile, read_reference
from rates.services import DayRate, Loaded, load


class Command(BaseCommand):
    help = "Load the ECB's reference rates; rates of days that are known already are updated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="eurofxref-hist.csv, or the ZIP it comes in")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            rates = read_reference(file)
        except BadReferenceFile as error:
            raise CommandError(f"{file} was not loaded.\n{error}") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        loaded = _loaded(rates, Console(file=self.stderr))  # type: ignore[arg-type]
        self.stdout.write(_sentence(rates, loaded))


def _loaded(rates: list[DayRate], console: Console) -> Loaded:
    columns = (TextColumn("Loading rates"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(rates))
        return load(rates, done=lambda count: progress.update(task, completed=count))


def _sentence(rates: list[DayRate], loaded: Loaded) -> str:
    days = sorted(rate.day for rate in rates)
    currencies = len({rate.currency for rate in rates})
    span = f"{len(rates)} rates of {currencies} currencies, {days[0]} to {days[-1]}"
    return f"{span}: {loaded.new} new, {loaded.changed} changed, {loaded.same} as they were."
