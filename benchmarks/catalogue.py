"""The time to import and publish a catalogue on the embedded stack: `python -m benchmarks.catalogue`.

Over HTTP, as a label would: one CSV of `--tracks` tracks, then the same with every tenth title changed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import polars as pl
from rich.progress import Progress

from benchmarks.stack import stack

IMPORT: Final = "/api/catalogue/import/"
POLL: Final = 0.5  # seconds
PATIENCE: Final = 1800.0  # seconds
RELEASE, ARTIST = 10, 50  # tracks on a release, and of an artist


def catalogue(tracks: int, *, changed: bool) -> pl.DataFrame:
    """Return a catalogue in which every release has a UPC with a valid check digit."""
    track = pl.int_range(tracks, eager=True).alias("n").to_frame()
    title = pl.format("Song {}", "n")
    again = pl.when(pl.lit(changed) & (pl.col("n") % 10 == 0)).then(pl.format("{} (Remastered)", title))
    return track.select(
        pl.format("QZAB1{}", pl.col("n").cast(pl.String).str.zfill(7)).alias("ISRC"),
        again.otherwise(title).alias("Title"),
        pl.format("Artist {}", pl.col("n") // ARTIST).alias("Artist"),
        upc(pl.col("n") // RELEASE).alias("UPC"),
        pl.format("Release {}", pl.col("n") // RELEASE).alias("Release Title"),
        pl.format("Artist {}", pl.col("n") // ARTIST).alias("Release Artist"),
    )


def upc(number: pl.Expr) -> pl.Expr:
    """Return UPCs of twelve digits; the last is GS1's check digit."""
    body = pl.lit("10") + number.cast(pl.String).str.zfill(9)
    digits = [body.str.slice(place, 1).cast(pl.Int64) for place in range(11)]
    total = pl.sum_horizontal(3 * digit if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return body + ((10 - total % 10) % 10).cast(pl.String)


def imported(api: httpx.Client, path: Path) -> dict[str, Any]:
    """Import the file at `path` and return the finished import. Raises SystemExit when it fails."""
    asked = {"filename": path.name, "filesize": path.stat().st_size}
    started = api.post(IMPORT, json=asked).raise_for_status().json()
    httpx.put(started["presigned_url"], content=path.read_bytes(), timeout=600).raise_for_status()
    api.post(f"{IMPORT}{started['id']}/apply/").raise_for_status()
    with Progress() as progress:
        task = progress.add_task(path.name, total=100)
        for seen in followed(api, f"{IMPORT}{started['id']}/"):
            progress.update(task, completed=seen["progress"]["percent"], description=seen["status"])
    if seen["status"] != "DONE":
        sys.exit(f"{seen['status']}: {seen['message']}")
    return dict(seen)


def followed(api: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        seen = api.get(address).raise_for_status().json()
        yield seen
        if seen["status"] in ("DONE", "FAILED"):
            return
        time.sleep(POLL)
    sys.exit("The import takes too long.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    tracks = parser.parse_args().tracks
    with stack() as values, tempfile.TemporaryDirectory() as folder:
        api = httpx.Client(base_url=values["OAS_URL"], headers={"X-Api-Key": values["OAS_API_KEY"]}, timeout=30)
        for name, changed in (("new", False), ("again", True)):
            path = Path(folder) / f"{name}.csv"
            catalogue(tracks, changed=changed).write_csv(path)
            begun = time.perf_counter()
            counts = imported(api, path)["counts"]
            print(f"{name}: {tracks:,} rows in {time.perf_counter() - begun:.0f} s; {counts}", flush=True)


if __name__ == "__main__":
    main()
