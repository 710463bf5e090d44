"""The demo: one sales file from upload to totals, sent as a customer would. Run by `manage.py local --once FILE`.

Exits with 0 only when the file, or an earlier one with the same content, is FINALIZED.
"""

from __future__ import annotations

import os
import sys
import time
from decimal import Decimal
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from devstack.client import Api, ApiError, Json, TooSlow
from oas.kernel.amounts import exact, format_amount

SHOWN = 10  # rows of each list
LISTS = {
    "byArtist": "Artists",
    "byDSP": "DSPs",
    "byTerritory": "Territories",
    "byTrack": "Tracks",
    "byRelease": "Releases",
}
CENT = Decimal("0.01")
MODULE_STARTS = {"cleaning": 0, "importer": 50}  # at which percent of the whole each module starts

console = Console(highlight=False)


def main() -> int:
    path = Path(sys.argv[1])
    api = Api(os.environ["OAS_URL"], os.environ["OAS_API_KEY"])
    try:
        return send(api, path)
    except (ApiError, TooSlow, httpx.HTTPError) as error:
        console.print(f"[red]{path.name} did not go through.[/] {error}", markup=True)
        return 1


def send(api: Api, path: Path) -> int:
    """Send the file, follow it, show its totals; returns the exit code."""
    started = time.monotonic()
    made = api.create(path)
    console.print(f"sales file {made['id']} ({made['uuid']}): {path.name}, {made['filesize']:,} bytes")
    api.upload(api.process(made["id"], "upload")["presigned_url"], path)
    console.print("uploaded to S3 with the presigned link")
    try:
        api.process(made["id"], "clean")
    except ApiError as error:
        if error.code != "duplicate_file":
            raise
        return show_first(api, made, error.facts.get("first"))
    return show_end(api, path, watch(api, made["id"]), time.monotonic() - started)


def watch(api: Api, file: int) -> Json:
    """Show the progress of the file until it is at rest, and return it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<11}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("", total=100)
        for seen in api.follow(file):
            bar.update(task, description=seen["status"], completed=percent(seen))
    return seen


def percent(file: Json) -> float:
    """Return the progress of both modules together, 0 to 100."""
    progress = file["progress"]
    if file["status"] in ("PROCESSED", "FINALIZED"):
        return 100
    return MODULE_STARTS.get(progress["module"], 0) + progress["percent"] / 2 if progress else 0


def show_end(api: Api, path: Path, file: Json, seconds: float) -> int:
    if file["status"] == "FINALIZED":
        show_totals(api, file)
        console.print(f"[green]FINALIZED[/] in {seconds:.1f} s")
        show_next(api, file)
        return 0
    if file["status_cause"] == "duplicate_file":
        return show_first(api, file, api.with_content(path))
    console.print(f"[red]{file['status']}[/]: {file['status_cause']}")
    console.print(file["error_message"] or "No message was given.", markup=False)
    return 1


def show_first(api: Api, file: Json, first: Json | None) -> int:
    """Show the totals of `first`, the earlier file with this content, and delete `file`. Returns the exit code."""
    if first is None:
        console.print("[red]The same content was sent before, in a file that cannot be found.[/]")
        return 1
    found = api.file(first["id"])
    console.print(f"The same content is already in sales file {found['id']} ({found['filename']}), and counts once.")
    api.delete(file["id"])
    if found["status"] != "FINALIZED":
        console.print(f"[red]That file is {found['status']}.[/] {found['status_cause']} {found['error_message']}")
        return 1
    show_totals(api, found)
    show_next(api, found)
    return 0


# --- totals ---


def show_totals(api: Api, file: Json) -> None:
    totals = api.snapshot(file["id"], SHOWN)
    for name, title in LISTS.items():
        console.print(table_of(title, totals[name], totals["local_currency"]))
    console.print(checks_of(totals["checks"]))
    periods = ", ".join(totals["periods"])
    read = file["accepted_rows"] + file["rejected_rows"] + file["skipped_rows"]
    total = format_amount(Decimal(totals["total_local"]))
    console.print(f"[bold]{total}[/] {totals['local_currency']} over {periods} ({file['source_format']})")
    for rate in totals["exchange_rates"]:
        console.print(rate_line(rate))
    console.print(
        f"{read:,} lines: {file['accepted_rows']:,} accepted, {file['rejected_rows']:,} rejected, "
        f"{file['skipped_rows']:,} skipped"
    )


def rate_line(rate: Json) -> str:
    """Return the exchange rate of a currency with its origin, in words."""
    words = [rate["origin"].replace("_", " "), *filter(None, (rate["period"], rate["source"]))]
    return f"1 {rate['currency']} = {rate['rate']} {rate['to_currency']} ({', '.join(words)})"


def table_of(title: str, rows: list[Json], currency: str) -> Table:
    table = Table(title=f"{title} (top {SHOWN})" if len(rows) == SHOWN else title, title_justify="left")
    table.add_column("name", min_width=32, max_width=48, no_wrap=True)
    for name in (f"revenue {currency}", "quantity", "rows", "share"):
        table.add_column(name, justify="right")
    for row in rows:
        with exact():
            share = f"{Decimal(row['share']) * 100:.1f} %"
        table.add_row(row["name"], money(row["revenue"]), f"{row['quantity']:,}", f"{row['rows']:,}", share)
    return table


def money(amount: str) -> str:
    """Round to two places, half-even. For reading only: the API has every digit."""
    with exact():
        return f"{Decimal(amount).quantize(CENT):,}"


def checks_of(checks: list[Json]) -> Table:
    table = Table(title="Numbers that must tie", title_justify="left")
    for name in ("check", "expected", "found", ""):
        table.add_column(name, justify="left" if name == "check" else "right")
    for check in checks:
        table.add_row(
            check["name"], check["expected"], check["found"], "[green]ties" if check["tied"] else "[red]differs"
        )
    return table


def show_next(api: Api, file: Json) -> None:
    where = f"/api/files/salesfiles/{file['id']}/"
    console.print("\nmake serve keeps the stack running (http://127.0.0.1:8000):")
    console.print(f"  {where}snapshot/?format=csv  the totals as a table")
    if file["rejected_rows"]:
        console.print(f"  {where}rejects/  the rejected lines, each with its reason")
    console.print("  /api/docs/  the API, to read and to try out\n  /admin/  sales files, organisations, keys")


if __name__ == "__main__":
    sys.exit(main())
