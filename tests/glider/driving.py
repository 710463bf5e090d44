"""Runs cleaning and importing on bytes, without network, for tests; and makes small sales files."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import polars as pl

from glider.canonical.interning import with_strings
from glider.canonical.schema import REASON
from glider.canonical.staged_lines import scan_lines
from glider.cleaning.input.containers import Limits
from glider.cleaning.pipeline import Cleaned, Settings, clean
from glider.contract import CleaningResult, ImporterResult
from glider.importer.pipeline import Imported, import_lines, result
from glider.layouts.registry import shipped_layouts
from glider.layouts.stores import shipped_stores

JOB = UUID(int=1)
DISTROKID = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)"
)
DISTROKID_2025 = (
    "Date Inserted,Reporting Date,Sale Month,Store,Artist,Title,ISRC,UPC,Quantity,Team Percentage,Source Type,"
    "Country of Sale,Songwriter Royalties Withheld (USD),Earnings (USD),Recoup (USD)"
)
BELIEVE = (
    "Reporting month;Sales Month;Platform;Country / Region;Label Name;Artist Name;Release title;Track title;UPC;ISRC;"
    "Release Catalog nb;Streaming Subscription Type;Release type;Sales Type;Quantity;Client Payment Currency;"
    "Unit Price;Mechanical Fee;Gross Revenue;Client share rate;Net Revenue"
)


def settings(*, reporting_period: str | None = None, limits: Limits | None = None) -> Settings:
    return Settings(
        layouts=shipped_layouts(),
        limits=limits or Limits(bytes=10**9, ratio=200, members=1000),
        longest_line=1024 * 1024,
        most_columns=500,
        stores=shipped_stores(),
        reporting_period=reporting_period,
    )


@dataclass(frozen=True)
class Driven:
    """The result of cleaning some bytes in `folder`."""

    cleaned: Cleaned
    folder: Path

    @property
    def figures(self) -> CleaningResult:
        return self.cleaned.figures

    @property
    def lines(self) -> pl.DataFrame:
        return with_strings(scan_lines(self.cleaned.lines)).collect()

    @property
    def accepted(self) -> pl.DataFrame:
        return self.lines.filter(pl.col(REASON).is_null())

    def reasons(self) -> dict[int, str]:
        """Line number → reason code of the lines that are no sale lines."""
        fell = self.lines.filter(pl.col(REASON).is_not_null())
        return dict(fell.select("source_row", REASON).iter_rows())

    def rejects(self) -> list[dict[str, str]]:
        assert self.cleaned.rejects is not None
        return pl.read_csv(self.cleaned.rejects, infer_schema=False, empty_string_is_null=False).to_dicts()

    def imported(self, rate: str = "1") -> tuple[Imported, ImporterResult]:
        rates = dict.fromkeys(self.figures.net_by_currency, Decimal(rate))
        imported = import_lines(self.cleaned.lines, self.folder, rates)
        keys = {period: f"sales/month={period}/x.parquet" for period in imported.files}
        return imported, result(imported, self.figures, keys, ImporterResult(job=JOB))


def drive(content: bytes | str, folder: Path, with_settings: Settings | None = None) -> Driven:
    """Clean `content` (text is sent as UTF-8) in `folder`; raises `JobFailed`."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = folder / "raw"
    raw.write_bytes(content.encode() if isinstance(content, str) else content)
    cleaned = clean(raw, folder, with_settings or settings(), CleaningResult(job=JOB), lambda percent, rows: None)
    return Driven(cleaned, folder)


def distrokid(*lines: str) -> str:
    """A classic DistroKid file; a line gives `month store title isrc upc quantity earnings`, separated by |."""
    return "\r\n".join([DISTROKID, *map(_distrokid_line, lines)]) + "\r\n"


def _distrokid_line(line: str) -> str:
    month, store, title, isrc, upc, quantity, earnings = line.split("|")
    cells = ["2025-09-25", month, store, "Artist A", title, isrc, upc, quantity, "100", "Song", "US", "0", earnings]
    return "\t".join(cells)


def not_tied(driven: Driven) -> list[str]:
    return [check.name for check in driven.figures.checks if not check.tied]


def believe(*pairs: tuple[str, str]) -> str:
    """Lines with a gross and a net amount as given."""
    start = "2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0;"
    return "\n".join([BELIEVE, *(f"{start}{gross};0,85;{net}" for gross, net in pairs)]) + "\n"
