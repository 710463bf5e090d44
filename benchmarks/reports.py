"""The time that reports take, on the embedded servers: `python -m benchmarks.reports`.

Makes sales of `--months` months and a catalogue of `--tracks` tracks (a few tracks sell most; two lines in three share
their report line with another; one in twenty is not in the catalogue), puts them into S3 and MongoDB as the importer
does, and makes each report with Glider's report module, in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import numpy as np
import polars as pl

from benchmarks.stack import stack

ORGANISATION = 1
VERSION = "00000001-benchmark"
JOB = UUID(int=1)
DSPS, TERRITORIES, USAGES = 25, 64, ("stream", "download", "ugc")
FILES = 5  # a month


class Size(NamedTuple):
    lines: int
    months: int
    tracks: int


class Measured(NamedTuple):
    report: str
    lines_in: int
    lines_out: int
    seconds: float
    cpu: float  # seconds, of all cores
    megabytes: float  # the process at its largest
    size: float  # of the report, in megabytes


# --- sales and catalogue ---


def periods(count: int) -> list[str]:
    return [f"{2024 + n // 12}-{n % 12 + 1:02}" for n in range(count)]


def sale_lines(rng: np.random.Generator, count: int, tracks: int, period: str) -> pl.DataFrame:
    """Return `count` sale lines of one period. Each track is on the release `track // 5`."""
    from glider.canonical.schema import IMPORTED

    amounts = pl.Series(rng.integers(-(10**6), 10**9, count))
    letters = "ABCDEFGH"
    named = (
        drawn(rng, count, tracks)
        .select(
            source_row=pl.int_range(1, pl.len() + 1),
            period=pl.lit(date.fromisoformat(f"{period}-01")),
            dsp=pl.format("DSP {}", pl.col("dsp").cast(pl.String).str.zfill(2)),
            territory=pl.col("territory").replace_strict(
                range(TERRITORIES), [a + b for a in letters for b in letters], return_dtype=pl.String
            ),
            artist=pl.format("Artist Number {}", pl.col("n") // 20),
            release=pl.format("The Release {}", pl.col("n") // 5),
            track=pl.format("A Song Title {}", "n"),
            isrc=isrc(pl.col("n"), pl.col("unknown")),
            upc=pl.format("01234{}", (pl.col("n") // 5).cast(pl.String).str.zfill(7)),
            usage=pl.col("usage").replace_strict(range(len(USAGES)), USAGES, return_dtype=pl.String),
            monetisation="tier",
            level=pl.lit("track"),
            quantity=pl.lit(pl.Series(rng.integers(1, 500, count))),
            currency=pl.lit("EUR"),
            net=pl.lit(amounts).cast(pl.Decimal(38, 18)) * pl.lit("0.000000001").cast(pl.Decimal(38, 18)),
        )
        .with_columns(revenue="net", store="dsp")
    )
    missing = [pl.lit(None).alias(name) for name in IMPORTED if name not in named.columns]
    return named.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in IMPORTED.items())


def drawn(rng: np.random.Generator, count: int, tracks: int) -> pl.DataFrame:
    """Draw numbers of tracks, DSPs … for `count` lines; the second half repeats the first in another monetisation."""
    half = -(-count // 2)
    lines = pl.DataFrame(
        {
            "n": np.minimum(rng.pareto(0.6, half) * tracks / 500, 1e9).astype(np.int64) % tracks,
            "unknown": rng.random(half) < 0.05,
            "dsp": rng.integers(0, DSPS, half),
            "territory": rng.integers(0, TERRITORIES, half),
            "usage": rng.integers(0, len(USAGES), half),
        }
    )
    tiers = ("subscription", "ad_supported")
    return pl.concat([lines.with_columns(tier=pl.lit(tier)) for tier in tiers]).head(count)


def isrc(number: pl.Expr, unknown: pl.Expr) -> pl.Expr:
    country = pl.when(unknown).then(pl.lit("ZZAB1")).otherwise(pl.lit("QZAB1"))
    return pl.concat_str(country, number.cast(pl.String).str.zfill(7))


def put_sales(size: Size, folder: Path) -> None:
    """Put Parquet into S3 and `sales` documents into MongoDB, as the importer and activation leave them."""
    from oas.kernel import object_keys
    from oas.kernel.documents import documents, sales_id, snapshot_id
    from oas.kernel.storage import storage

    rng = np.random.default_rng(1)
    share = size.lines // size.months // FILES
    for period in periods(size.months):
        for n in range(FILES):
            uuid = f"{n:08x}"
            frame = sale_lines(rng, share, size.tracks, period)
            path = folder / "sales.parquet"
            frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=250_000)
            key = object_keys.sales(ORGANISATION, period, uuid, 1, JOB)
            storage().upload(path, key)
            sums = {name: str(frame[name].sum()) for name in ("net", "revenue")}
            document = {
                "_id": sales_id(snapshot_id(uuid, 1), str(JOB), period), "organisation": ORGANISATION, "file": n,
                "uuid": uuid, "revision": 1, "snapshot": snapshot_id(uuid, 1), "job": str(JOB), "live": True,
                "period": period, "key": key, "rows": frame.height, "quantity": int(frame["quantity"].sum()), **sums,
            }  # fmt: skip
            documents().replace("sales", document)


def put_catalogue(size: Size, folder: Path) -> None:
    from oas.kernel import object_keys
    from oas.kernel.storage import storage

    aliases = pl.DataFrame(schema={"kind": pl.String, "key": pl.String, "track_id": pl.Int64, "release_id": pl.Int64})
    path = folder / "catalogue.parquet"
    for frame, key in (
        (catalogue_rows(size.tracks), object_keys.catalogue(ORGANISATION, VERSION)),
        (aliases, object_keys.catalogue_aliases(ORGANISATION, VERSION)),
    ):
        frame.write_parquet(path)
        storage().upload(path, key)


def catalogue_rows(tracks: int) -> pl.DataFrame:
    """Return the rows of a catalogue in which every tenth track is on a compilation as well."""
    text = pl.lit(None, dtype=pl.String)
    placed = pl.DataFrame({"track_id": range(tracks)}).select(
        "track_id",
        release_id=pl.col("track_id") // 5 + 1,
        artist=pl.format("Artist Number {}", pl.col("track_id") // 20),
        track_title=pl.format("A Song Title {}", "track_id"),
        track_version=text,
        release_title=pl.format("The Release {}", pl.col("track_id") // 5),
        isrc=isrc(pl.col("track_id"), pl.lit(False)),
        upc=pl.format("0001234{}", (pl.col("track_id") // 5).cast(pl.String).str.zfill(7)),
        catalogue_number=text,
        label=text,
        reference=pl.format("T{}", "track_id"),
    )
    again = placed.filter(pl.col("track_id") % 10 == 0).with_columns(
        release_id=pl.lit(10**9, dtype=pl.Int64), release_title=pl.lit("Compilation"), upc=pl.lit("00999999999999")
    )
    whole = placed.unique("release_id").with_columns(
        track_id=pl.lit(None, dtype=pl.Int64), track_title=text, isrc=text, reference=pl.format("R{}", "release_id")
    )
    return pl.concat([placed, again, whole])


# --- measuring ---


def measure(kind: str, first: str, last: str, format: str) -> Measured:
    """Make a report in a process of its own, with the engine loaded and warm, as in a worker."""
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return Measured(*pool.apply(_run, (kind, first, last, format)))


def _run(kind: str, first: str, last: str, format: str) -> tuple[Any, ...]:
    from glider import runner
    from glider.contract import ReportFormat, ReportKind, ReportMessage
    from glider.heartbeat import Heartbeat
    from glider.reporting.job import run_report
    from oas.kernel import object_keys
    from oas.kernel.config import glider_config

    runner.warm_up()
    name = f"{kind}-{first}-{last}-{format}"
    message = ReportMessage(
        job=uuid5(JOB, name),
        organisation=ORGANISATION,
        result_key="",
        callback_url="",
        report=name,
        kind=ReportKind(kind),
        period_from=first,
        period_to=last,
        format=ReportFormat(format),
        currency="EUR",
        catalogue_version=VERSION,
        catalogue_key=object_keys.catalogue(ORGANISATION, VERSION),
        aliases_key=object_keys.catalogue_aliases(ORGANISATION, VERSION),
        output_key=object_keys.report(ORGANISATION, name, format),
    )
    with tempfile.TemporaryDirectory() as folder:
        begun, worked = time.perf_counter(), time.process_time()
        result = run_report(message, Path(folder), Heartbeat(message.job, glider_config()))
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    months = first if first == last else f"{first} to {last}"
    label = f"{kind} {months} {format}"
    return label, result.everything.rows, result.lines, seconds, cpu, peak, result.size / 1e6


def show(measured: Iterable[Measured]) -> None:
    print("| report | sale lines | report lines | seconds | CPU seconds | million lines/s | memory, MB | file, MB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for one in measured:
        speed = one.lines_in / one.seconds / 1e6
        print(
            f"| {one.report} | {one.lines_in:,} | {one.lines_out:,} | {one.seconds:.2f} | {one.cpu:.2f} | "
            f"{speed:.2f} | {one.megabytes:.0f} | {one.size:.1f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--tracks", type=int, default=100_000)
    size = Size(**vars(parser.parse_args()))
    with stack("--servers"), tempfile.TemporaryDirectory(prefix="oas-benchmark-") as folder:
        from oas.kernel.documents import documents

        documents().ensure_indexes()
        put_catalogue(size, Path(folder))
        put_sales(size, Path(folder))
        first, *_, last = periods(size.months)
        wanted = [(kind, first, last, "csv") for kind in ("MONTHLY", "UNMATCHED")]
        wanted += [
            ("MONTHLY", last, last, "csv"),
            ("MONTHLY", first, last, "parquet"),
            ("MONTHLY", last, last, "xlsx"),
        ]
        show(measure(*one) for one in wanted)


if __name__ == "__main__":
    main()
