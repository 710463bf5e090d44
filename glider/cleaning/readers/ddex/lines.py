"""Makes sale lines of DDEX records: of those that have the money, with what other records state about it.

Where records of sales have an amount for the label, each is a line: LI01 (user generated content, royalty reports),
SR03, SR06 (the same as single records) and SR08 (financial reports to record companies). In all other reports only the
summary records have amounts: each of these is a line, and nothing is spread over the records of use.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from glider.cleaning.readers.ddex import text
from glider.cleaning.readers.ddex.blocks import BLOCK, Piece
from glider.cleaning.readers.ddex.survey import KIND
from glider.cleaning.recognition.csv_table import ROW

NAMES: Final = (
    "Record", "Skip", "Use", "Model", "Level", "Period", "Period end", "Statement", "Store", "Territory", "Artist",
    "Release", "Track", "Version", "ISRC", "UPC", "Catalogue", "Label", "Quantity", "Currency", "Gross", "Net",
)  # fmt: skip
PAID: Final = ("LI01", "SR03", "SR06", "SR08")  # records with an amount for the label
USES: Final = ("SU", "SR")  # records of sale and use
_RESOURCES: Final = ("AS",)
_RELEASES: Final = ("RE01", "RE03", "RE04")
_RELEASE_CELLS: Final = (
    "ReleaseICPN", "ReleaseTitle", "ReleaseDisplayArtistName", "ReleaseCatalogNumber", "ReleaseLabelName",
)  # fmt: skip
_RESOURCE_CELLS: Final = ("ResourceISRC", "ResourceTitle", "ResourceSubTitle", "ResourceDisplayArtistName")
_OF_TRANSACTION: Final = ("DspResourceId", "Usages", "NetRevenue", "ValidityPeriodStart", "ValidityPeriodEnd")
_SINGLE: Final = (
    *_RESOURCE_CELLS, *_RELEASE_CELLS, "SummaryRecordId", "RightsController", "Usages", "TotalUsages", "NetUsage",
    "AllocatedUsages", "ValidityPeriodStart", "ValidityPeriodEnd", "SalesTransactionDate", "AllocatedNetRevenue",
    "AllocatedAmount", "AllocatedRevenueInCurrencyOfAccounting", "AllocatedNetRevenueInCurrencyOfAccounting",
)  # fmt: skip


def paid_lines(piece: Piece) -> pl.DataFrame:
    """The lines of a report whose records of sales have amounts; `SummaryRecordId` refers to their summary."""
    return pl.concat([_licensor_lines(piece), _single_lines(piece)], how="diagonal").sort(ROW)


def net_revenue_lines(piece: Piece) -> pl.DataFrame:
    """The lines of a report of user generated content without LI01: the net revenue of each transaction."""
    lines = _with_titles(piece, piece.select(["SU03"], ["SummaryRecordId", *_OF_TRANSACTION]))
    return lines.with_columns(_filled("NetRevenue").alias("Net"), _filled("Usages").alias("Quantity"))


def use_lines(piece: Piece) -> pl.DataFrame:
    """The records of use of a report whose amounts stand in its summaries."""
    return piece.select(USES, ["SummaryRecordId"]).with_columns(pl.lit("usage_line").alias("Skip"))


# --- LI01: an amount per rights controller, after the transaction (SU03) that it belongs to ---


def _licensor_lines(piece: Piece) -> pl.DataFrame:
    names = ["SummaryRecordId", "RightsController", "AllocatedNetRevenue", "AllocatedAmount", "AllocatedUsages"]
    lines = _with_transactions(piece, piece.select(["LI01"], names))
    return _with_titles(piece, lines).with_columns(
        _first(["AllocatedAmount", "AllocatedNetRevenue"]).alias("Net"),
        _filled("AllocatedNetRevenue").alias("Gross"),
        _shared_usages().alias("Quantity"),
        pl.col("RightsController").alias("Label"),
    )


def _with_transactions(piece: Piece, lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` with the cells of the transaction before each in its block.

    `transaction` is that record's row, and `among` is which of its lines a line is, from 1.
    """
    transactions = piece.select(["SU03"], _OF_TRANSACTION).with_columns(pl.col(ROW).alias("transaction")).drop(KIND)
    joined = lines.sort(ROW).join_asof(
        transactions.sort(ROW), on=ROW, by=BLOCK, strategy="backward", check_sortedness=False
    )
    return joined.with_columns(pl.col(ROW).rank("ordinal").over(BLOCK, "transaction").alias("among"))


def _shared_usages() -> pl.Expr:
    """The controller's own uses where the report has them; else those of the transaction, in its first line only."""
    # Several controllers share a transaction: in each of their lines, its uses would be counted several times.
    first = pl.when((pl.col("among") == 1) & pl.col("transaction").is_not_null()).then(pl.col("Usages"))
    return pl.coalesce(_filled("AllocatedUsages"), first, pl.lit("0"))


# --- single records ---


def _single_lines(piece: Piece) -> pl.DataFrame:
    financial = "AllocatedNetRevenueInCurrencyOfAccounting"
    lines = piece.select(["SR03", "SR06", "SR08"], _SINGLE)
    return _titled(lines).with_columns(
        _first([financial, "AllocatedAmount", "AllocatedNetRevenue"]).alias("Net"),
        _first(["AllocatedRevenueInCurrencyOfAccounting", "AllocatedNetRevenue"]).alias("Gross"),
        _first(["NetUsage", "AllocatedUsages", "Usages", "TotalUsages"]).alias("Quantity"),
        _first(["SalesTransactionDate", "ValidityPeriodStart"]).alias("Period"),
        _first(["SalesTransactionDate", "ValidityPeriodEnd"]).alias("Period end"),
        _first(["RightsController", "ReleaseLabelName"]).alias("Label"),
    )


# --- what is sold ---


def _with_titles(piece: Piece, lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` with the resource of the transaction, else the first of the block, and the release of the block."""
    resources = piece.select(_RESOURCES, ["DspResourceId", *_RESOURCE_CELLS]).drop(ROW, KIND)
    releases = piece.select(_RELEASES, _RELEASE_CELLS).drop(ROW, KIND).unique(BLOCK, keep="first", maintain_order=True)
    own = resources.unique([BLOCK, "DspResourceId"], keep="first", maintain_order=True)
    first = resources.unique(BLOCK, keep="first", maintain_order=True).drop("DspResourceId")
    found = lines.join(own, on=[BLOCK, "DspResourceId"], how="left").join(first, on=BLOCK, how="left", suffix="_first")
    found = found.with_columns(_of_first(name) for name in _RESOURCE_CELLS).join(releases, on=BLOCK, how="left")
    return _titled(found).with_columns(
        pl.col("ValidityPeriodStart").alias("Period"), pl.col("ValidityPeriodEnd").alias("Period end")
    )


def _of_first(name: str) -> pl.Expr:
    # All cells of a resource come from one record: none is filled from another resource than the title.
    return pl.when(pl.col("ResourceTitle").is_null()).then(pl.col(f"{name}_first")).otherwise(pl.col(name)).alias(name)


def _titled(lines: pl.DataFrame) -> pl.DataFrame:
    of_release = (_filled("ResourceISRC").is_null() & _filled("ResourceTitle").is_null()) & (
        _filled("ReleaseICPN").is_not_null() | _filled("ReleaseTitle").is_not_null()
    )
    return lines.with_columns(
        text.text(_first(["ResourceDisplayArtistName", "ReleaseDisplayArtistName"])).alias("Artist"),
        text.text(pl.col("ReleaseTitle")).alias("Release"),
        text.text(pl.col("ResourceTitle")).alias("Track"),
        text.text(pl.col("ResourceSubTitle")).alias("Version"),
        text.first_value(pl.col("ResourceISRC")).alias("ISRC"),
        text.first_value(pl.col("ReleaseICPN")).alias("UPC"),
        text.text(pl.col("ReleaseCatalogNumber")).alias("Catalogue"),
        text.text(pl.col("ReleaseLabelName")).alias("Label"),
        pl.when(of_release).then(pl.lit("release")).otherwise(pl.lit("track")).alias("Level"),
    )


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


def _first(names: list[str]) -> pl.Expr:
    return pl.coalesce(_filled(name) for name in names)
