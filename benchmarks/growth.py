"""How time and memory grow: `python -m benchmarks.growth [--large]`.

Against lines of a sales file (cleaning and importer as the worker runs them), against sales files and organisations in
the database (a page of the list, and one more file of a thousand lines from `process` to FINALIZED), and against sales
files that count in the summary. Fits an exponent to each (1: twice as much takes twice as long; 0: it makes no
difference), and draws docs/growth.png and docs/growth.svg.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.api import asker, times
from benchmarks.engines.end_to_end import api_of, finalized, uploaded
from benchmarks.engines.process import apart
from benchmarks.files import KINDS, make
from benchmarks.filling import analyse, fill, remove_filled, use_django
from benchmarks.stack import NO_LIMITS, stack
from benchmarks.summary import fill as fill_summary
from benchmarks.summary import key_of
from devstack.client import FILES

ROOT: Final = Path(__file__).resolve().parents[1]
RESULT: Final = Path(__file__).resolve().parent / "results" / "growth.json"
LINES: Final = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
MANY_LINES: Final = 30_000_000
NUMBERS: Final = (10, 100, 1_000, 10_000, 100_000)  # of sales files
ORGANISATIONS: Final = (1, 10, 100, 1_000)
SPREAD: Final = 20_000  # sales files, over as many organisations
COUNTED: Final = (300, 1_000, 3_000, 10_000)  # sales files
ROUNDS, SENT = 60, 5
UPPER: Final = 3  # points of a series through which its line is laid
Series = dict[str, dict[str, list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="thirty million lines as well (4 GB on disk)")
    parser.add_argument("--lines-only", action="store_true", help="keep the results of an earlier run for the database")
    options = parser.parse_args()
    found = _by_size((*LINES, MANY_LINES) if options.large else LINES)
    found |= _kept() if options.lines_only else _of_database()
    fitted = {over: exponents(rows) for over, rows in found.items()}
    RESULT.write_text(json.dumps({"series": found, "exponents": fitted}, indent=1) + "\n")
    _draw(found, fitted)
    _show(found, fitted)


def _kept() -> Series:
    series: Series = json.loads(RESULT.read_text())["series"]
    return {over: rows for over, rows in series.items() if over != "lines"}


# --- measuring ---


def _by_size(sizes: tuple[int, ...]) -> Series:
    with tempfile.TemporaryDirectory(prefix="oas-files-") as name, stack("--servers"):
        return {"lines": _by_lines(sizes, Path(name))}


def _of_database() -> Series:
    with _unlimited() as values:
        use_django()
        return {
            "sales files": _by_numbers(values),
            "organisations": _by_organisations(values),
            "sales files counted": _by_counted(values),
        }


def _by_lines(sizes: tuple[int, ...], folder: Path) -> dict[str, list[float]]:
    rows = []
    for size in sizes:
        source, _ = make(KINDS["distrokid"], size, folder)
        rows.append({"lines": size, **apart("benchmarks.engines.modules", str(source))})
        source.unlink()
    names = {"lines": "lines", "seconds": "wall", "processor, s": "cpu", "own memory, MB": "own", "peak, MB": "peak"}
    return {ours: [float(row[theirs]) for row in rows] for ours, theirs in names.items()}


def _by_numbers(values: Mapping[str, str]) -> dict[str, list[float]]:
    from accounts.models import Organisation

    rows, there = [], 0
    for number in NUMBERS:
        fill(Organisation.objects.all(), number - there)
        analyse()
        there = number
        rows.append({"sales files": float(number), **_read_and_sent(values)})
    return _columns(rows)


def _by_organisations(values: Mapping[str, str]) -> dict[str, list[float]]:
    """Measure with the same number of sales files in all, so that only the number of organisations differs."""
    from accounts.models import Organisation

    rows = []
    for number in ORGANISATIONS:
        there = Organisation.objects.count()
        Organisation.objects.bulk_create(Organisation(name=f"Label {n}", currency="USD") for n in range(there, number))
        remove_filled()
        fill(Organisation.objects.order_by("pk"), SPREAD)
        analyse()
        rows.append({"organisations": float(number), **_read_and_sent(values)})
    return _columns(rows)


def _by_counted(values: Mapping[str, str]) -> dict[str, list[float]]:
    """Measure each number in an organisation of its own, with files of tracks of a catalogue of twenty thousand."""
    return _columns([_counted(values, number) for number in COUNTED])


def _counted(values: Mapping[str, str], files: int) -> dict[str, float]:
    name, address = f"Label with {files}", values["OAS_URL"] + "/api/sales/summary/"
    one = fill_summary(files, tracks=20_000, lines=150, name=name)
    ask = partial(asker, headers={"X-Api-Key": key_of(name)})
    return {
        "sales files counted": float(files),
        "summary of all time, ms": _median(ask(address)),
        "by track, the first 100, ms": _median(ask(f"{address}?by=track&limit=100")),
        "counting one more, ms": one * 1000,
    }


def _unlimited() -> Any:
    return stack(settings=NO_LIMITS)


def _read_and_sent(values: Mapping[str, str]) -> dict[str, float]:
    lists = asker(values["OAS_URL"] + FILES, {"X-Api-Key": values["OAS_API_KEY"]})
    sent = statistics.median(_sent(values, n) for n in range(SENT))
    return {"a page of the list, ms": _median(lists), "one more file, ms": sent * 1000}


def _median(ask: Callable[[], str]) -> float:
    return times(ask, ROUNDS, 1)["p50"]


def _sent(values: Mapping[str, str], n: int) -> float:
    """Send a file of a thousand lines; return the seconds from `process` to FINALIZED."""
    with tempfile.TemporaryDirectory() as name:
        source, _ = make(KINDS["distrokid"], 1000, Path(name))
        source.write_bytes(source.read_bytes().replace(b"Artist Number", b"Artist %d %d" % (n, time.time_ns()), 1))
        api = api_of(values)
        file = uploaded(api, source)
        begun = time.perf_counter()
        api.process(file, "clean")
        finalized(api, file)
        return time.perf_counter() - begun


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


# --- results ---


def exponents(rows: Mapping[str, list[float]]) -> dict[str, float]:
    """Return the slope of every series over the first, on double logarithmic paper, at the upper end.

    Only there: a small size costs what starting costs, whatever it is.
    """
    first, *others = rows
    x = np.log(rows[first][-UPPER:])
    return {name: round(float(np.polyfit(x, np.log(rows[name][-UPPER:]), 1)[0]), 2) for name in others}


def _draw(found: Series, fitted: Mapping[str, Mapping[str, float]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(5 * len(found), 4), layout="constrained")
    for axis, (over, rows) in zip(axes, found.items(), strict=True):
        for name in fitted[over]:
            axis.loglog(rows[over], rows[name], marker="o", label=f"{name}: exponent {fitted[over][name]}")
        axis.set_xlabel(over)
        axis.grid(visible=True, which="major", alpha=0.3)
        axis.legend(fontsize="small")
    for suffix in ("png", "svg"):
        figure.savefig(ROOT / "docs" / f"growth.{suffix}", metadata={"Date": None} if suffix == "svg" else None)


def _show(found: Series, fitted: Mapping[str, Mapping[str, float]]) -> None:
    for over, rows in found.items():
        print(f"\n| {' | '.join(rows)} |\n|{'---:|' * len(rows)}")
        for row in zip(*rows.values(), strict=True):
            print(f"| {' | '.join(f'{value:,.6g}' for value in row)} |")
        print(f"| exponent of the last {UPPER} | {' | '.join(str(value) for value in fitted[over].values())} |")


if __name__ == "__main__":
    main()
