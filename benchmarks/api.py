"""Reading over HTTP with many sales files there: `python -m benchmarks.api`.

A hundred thousand sales files of one organisation, one of them with the totals of a hundred thousand tracks. One client
makes each request, then twenty at a time; prints p50 and p95 in milliseconds. How many queries a route makes is in
tests/promises/queries.toml.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import urllib3

from benchmarks.engines.end_to_end import api_of, finalized, uploaded
from benchmarks.filling import analyse, fill, use_django
from benchmarks.stack import NO_LIMITS, stack
from devstack.client import FILES

RESULTS: Final = Path(__file__).resolve().parent / "results"
SUMMARY: Final = "/api/sales/summary/"
HEADER: Final = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument(
        "--rounds", type=int, default=200, help="times that each request is made; those with large answers less often"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack(settings=NO_LIMITS) as values:
        file = _large_file(values, Path(name) / "tracks.tsv", options.tracks)
        _fill(options.files)
        found = {
            what: _asked(values, path, options.rounds // share)
            for what, (path, share) in questions(file, options.files).items()
        }
    (RESULTS / "api.json").write_text(
        json.dumps({"files": options.files, "tracks": options.tracks, **found}, indent=1) + "\n"
    )
    _show(found)


def questions(file: int, files: int) -> dict[str, tuple[str, int]]:
    """Return the path of each request, and by what its rounds are divided."""
    return {
        "list, first page": (FILES, 1),
        "list, by status, largest first": (f"{FILES}?status=FINALIZED&ordering=-total_local", 1),
        "list, searched": (f"{FILES}?search=sales+99", 1),
        "list, a late page": (f"{FILES}?page={files // 100}", 1),
        "detail": (f"{FILES}{file}/", 1),
        "snapshot, top 100 of each list": (f"{FILES}{file}/snapshot/?limit=100", 1),
        "snapshot, every track": (f"{FILES}{file}/snapshot/", 20),
        "summary": (SUMMARY, 1),
        "summary by track, top 100": (f"{SUMMARY}?by=track&limit=100", 1),
    }


def _large_file(values: Mapping[str, str], path: Path, tracks: int) -> int:
    line = "2025-09-25\t2025-08\tSpotify\tArtist {a}\tSong {n}\tQZAAA{n:07}\t\t1\t100\tSong\tUS\t0\t0.{n:07}"
    lines = [line.format(n=n, a=n % 1000) for n in range(1, tracks + 1)]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    api = api_of(values)
    file = uploaded(api, path)
    api.process(file, "clean")
    if (last := finalized(api, file))["total_rows"] != tracks:
        raise SystemExit(f"the file has {last['total_rows']} lines, not {tracks}")
    return file


def _fill(files: int) -> None:
    use_django()
    from accounts.models import Organisation

    fill(Organisation.objects.all(), files)
    analyse()


def _asked(values: Mapping[str, str], path: str, rounds: int) -> dict[str, float]:
    headers = {"X-Api-Key": values["OAS_API_KEY"]}
    ask = asker(values["OAS_URL"] + path, headers)
    etag = ask()
    row = {
        f"{name} of {clients}": figure for clients in (1, 20) for name, figure in times(ask, rounds, clients).items()
    }
    if "snapshot" in path or "summary" in path:
        again = asker(values["OAS_URL"] + path, {**headers, "If-None-Match": etag}, status=304)
        row["p50 unchanged"] = times(again, rounds, 1)["p50"]
    return row


def asker(address: str, headers: dict[str, str], status: int = 200) -> Callable[[], str]:
    """Return a function that requests `address` and returns the ETag. It raises SystemExit on another status."""
    pool = urllib3.PoolManager(maxsize=20, retries=False)

    def ask() -> str:
        answer = pool.request("GET", address, headers=headers)
        if answer.status != status:
            raise SystemExit(f"{address}: {answer.status} {answer.data[:300]!r}")
        return answer.headers.get("ETag", "")

    return ask


def times(ask: Callable[[], str], rounds: int, clients: int) -> dict[str, float]:
    """Call `ask` `rounds` times in all, from `clients` threads; return p50 and p95 in milliseconds."""
    taken: list[float] = []

    def several() -> None:
        for _ in range(max(1, rounds // clients)):
            begun = time.perf_counter()
            ask()
            taken.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=several) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1)}


def _show(found: Mapping[str, Mapping[str, Any]]) -> None:
    print("| question | p50, 1 client | p95 | p50, 20 clients | p95 | p50, unchanged (304) |")
    print("|---|---:|---:|---:|---:|---:|")
    for what, row in found.items():
        cells = [row.get(name, "") for name in ("p50 of 1", "p95 of 1", "p50 of 20", "p95 of 20", "p50 unchanged")]
        print(f"| {what} | {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
