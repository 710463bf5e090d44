"""Sales files to measure with, made from a seed, and their totals.

The totals are summed up as whole numbers while a file is made, so that they do not rest on an engine that is measured.

Half of the money is in a few tracks; one line in fifty spells its ISRC in small letters, one in a hundred has spaces
around a title; some amounts are negative.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from glider.cleaning.values.territories import territory

CHUNK: Final = 500_000  # lines
TRACKS: Final = 50_000
PLACES: Final = 12  # decimal places of an amount
DIMENSIONS: Final = ("artist", "dsp", "territory", "track", "release")
MONTHS: Final = ("2025-05", "2025-06", "2025-07")
DSPS: Final = (
    "Spotify", "Apple Music", "iTunes", "YouTube Music", "YouTube", "Deezer", "TIDAL", "Pandora", "SoundCloud",
    "TikTok", "Anghami", "Boomplay", "Qobuz", "Snapchat", "Peloton", "Joox",
)  # fmt: skip
COUNTRIES: Final = (
    "United States", "Germany", "France", "Spain", "Italy", "Brazil", "Mexico", "Japan", "Canada", "Australia",
    "Netherlands", "Sweden", "Norway", "Denmark", "Finland", "Poland", "Portugal", "Austria", "Belgium", "Ireland",
    "India", "Indonesia", "Malaysia", "Thailand", "Singapore", "Philippines", "Argentina", "Chile", "Colombia", "Peru",
    "Ecuador", "Uruguay", "Greece", "Hungary", "Romania", "Bulgaria", "Croatia", "Slovenia", "Slovakia", "Estonia",
    "Latvia", "Lithuania", "Iceland", "Israel", "Egypt", "Morocco", "Kenya", "Nigeria", "Ghana", "South Africa",
)  # fmt: skip


class Kind(NamedTuple):
    """How a layout writes its files; `decimal` is its decimal mark."""

    name: str
    suffix: str
    separator: str
    decimal: str
    columns: tuple[str, ...]


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "distrokid", "tsv", "\t", ".",
            ("Reporting Date", "Sale Month", "Store", "Artist", "Title", "ISRC", "UPC", "Quantity", "Team Percentage",
             "Song/Album", "Country of Sale", "Songwriter Royalties Withheld", "Earnings (USD)"),
        ),
        Kind(
            "believe", "csv", ";", ",",
            ("Reporting month", "Sales Month", "Platform", "Country / Region", "Label Name", "Artist Name",
             "Release title", "Track title", "UPC", "ISRC", "Release Catalog nb", "Streaming Subscription Type",
             "Release type", "Sales Type", "Quantity", "Client Payment Currency", "Unit Price", "Mechanical Fee",
             "Gross Revenue", "Client share rate", "Net Revenue"),
        ),
    )
}  # fmt: skip


class _Sums:
    """Rows and net of each value of each dimension, in whole numbers of the smallest unit (10^-12)."""

    def __init__(self) -> None:
        sizes = {"artist": TRACKS // 20, "dsp": len(DSPS), "territory": len(COUNTRIES), "track": TRACKS}
        self.sizes = {**sizes, "release": TRACKS // 5}
        self.rows = {name: np.zeros(size, np.int64) for name, size in self.sizes.items()}
        self.net = {name: np.zeros(size, np.int64) for name, size in self.sizes.items()}

    def add(self, drawn: pl.DataFrame) -> None:
        units = drawn["net"].to_numpy()
        for name, numbers in _numbers(drawn).items():
            np.add.at(self.rows[name], numbers, 1)
            np.add.at(self.net[name], numbers, units)

    def totals(self) -> dict[str, Any]:
        rows, net = int(self.rows["dsp"].sum()), sum(map(int, self.net["dsp"]))
        return {"rows": rows, "net": net, **{name: digest(self._pairs(name)) for name in DIMENSIONS}}

    def _pairs(self, name: str) -> Iterator[tuple[int, int]]:
        pairs = zip(self.rows[name].tolist(), self.net[name].tolist(), strict=True)
        return (pair for pair in pairs if pair[0])


def digest(pairs: Iterator[tuple[int, int]]) -> str:
    """Return the number of values of a dimension, and a hash of the rows and units of each, in any order."""
    lines = sorted(f"{rows}|{net}" for rows, net in pairs)
    return f"{len(lines)}:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


def make(kind: Kind, lines: int, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return the path of a file of `lines` lines in `folder`, and its totals. Made once per folder."""
    path = folder / f"{kind.name}-{lines}.{kind.suffix}"
    known = path.with_suffix(".json")
    if not known.exists():
        known.write_text(json.dumps(_written(kind, lines, path)))
    return path, json.loads(known.read_text())


def _written(kind: Kind, lines: int, path: Path) -> dict[str, Any]:
    sums, rng = _Sums(), np.random.default_rng(7)
    with path.open("wb") as file:
        file.write((kind.separator.join(kind.columns) + "\r\n").encode())
        for start in range(0, lines, CHUNK):
            drawn = _drawn(rng, min(CHUNK, lines - start))
            sums.add(drawn)
            cells = drawn.select(_cells(kind))
            cells.write_csv(
                file, separator=kind.separator, include_header=False, line_terminator="\r\n", quote_style="never"
            )
    return sums.totals()


def _drawn(rng: np.random.Generator, count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "track": np.minimum(rng.pareto(0.6, count) * TRACKS / 500, 1e9).astype(np.int64) % TRACKS,
            "month": rng.integers(0, len(MONTHS), count),
            "dsp": np.minimum(rng.integers(0, len(DSPS), count), rng.integers(0, len(DSPS), count)),
            "territory": np.minimum(rng.integers(0, len(COUNTRIES), count), rng.integers(0, len(COUNTRIES), count)),
            "odd": rng.integers(0, 100, count),
            "quantity": rng.integers(1, 500, count),
            "net": rng.integers(-(10**8), 10**10, count),
        }
    )


def _numbers(drawn: pl.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    track = drawn["track"].to_numpy()
    own = {name: drawn[name].to_numpy() for name in ("dsp", "territory")}
    return {"artist": track // 20, **own, "track": track, "release": track // 5}


def _cells(kind: Kind) -> list[pl.Expr]:
    cells = _distrokid() if kind.name == "distrokid" else _believe()
    return [cells[name].alias(name) for name in kind.columns]


def _picked(name: str, values: tuple[str, ...]) -> pl.Expr:
    return pl.col(name).replace_strict(range(len(values)), values, return_dtype=pl.String)


def _isrc() -> pl.Expr:
    code = pl.format("QZAB1{}", pl.col("track").cast(pl.String).str.zfill(7))
    return pl.when(pl.col("odd") < 2).then(code.str.to_lowercase()).otherwise(code)


def _upc() -> pl.Expr:
    return pl.format("3601234{}", (pl.col("track") // 5).cast(pl.String).str.zfill(6))


def _title() -> pl.Expr:
    title = pl.format("A Song Title {}", "track")
    return pl.when(pl.col("odd") == 99).then(pl.format(" {} ", title)).otherwise(title)


def _amount(units: pl.Expr, sign: str) -> pl.Expr:
    size = 10**PLACES
    minus = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    places = (units.abs() % size).cast(pl.String).str.zfill(PLACES)
    return pl.concat_str(minus, (units.abs() // size).cast(pl.String), pl.lit(sign), places)


def _distrokid() -> dict[str, pl.Expr]:
    codes = tuple(territory(name) for name in COUNTRIES)
    values = (
        pl.lit("2025-09-25"), _picked("month", MONTHS), _picked("dsp", DSPS),
        pl.format("Artist Number {}", pl.col("track") // 20), _title(), _isrc(), _upc(), pl.col("quantity"),
        pl.lit("100"), pl.lit("Song"), _picked("territory", codes), pl.lit("0"), _amount(pl.col("net"), "."),
    )  # fmt: skip
    return dict(zip(KINDS["distrokid"].columns, values, strict=True))


def _believe() -> dict[str, pl.Expr]:
    month = _picked("month", tuple(f"{month.replace('-', '/')}/01" for month in MONTHS))
    values = (
        pl.lit("2025/09/01"), month, _picked("dsp", DSPS), _picked("territory", COUNTRIES), pl.lit("A Label"),
        pl.format("Artist Number {}", pl.col("track") // 20), pl.format("The Release {}", pl.col("track") // 5),
        _title(), _upc(), _isrc(), pl.format("CAT{}", pl.col("track") // 5), pl.lit("Premium"),
        pl.lit("Music Release"), pl.lit("Stream"), pl.col("quantity"), pl.lit("EUR"), pl.lit("0,003"), pl.lit("0"),
        _amount(pl.col("net") * 2, ","), pl.lit("0,5"), _amount(pl.col("net"), ","),
    )  # fmt: skip
    return dict(zip(KINDS["believe"].columns, values, strict=True))
