"""The canonical sale line: the one shape that every layout becomes (design.md, "The canonical sale line")."""

from __future__ import annotations

from typing import Final

import polars as pl

AMOUNT: Final = pl.Decimal(38, 18)  # exact; rounded half-even only when shown

USAGES: Final = ("stream", "download", "ugc", "physical", "ringtone", "sync", "adjustment", "other")
MONETISATIONS: Final = ("subscription", "ad_supported", "purchase", "trial", "other", "unknown")
LEVELS: Final = ("track", "release")
UNKNOWN_TERRITORY: Final = "ZZ"
WORLDWIDE: Final = "XW"

# Column → type, in the order in which Parquet files hold them. `revenue` is added by the importer.
CLEANED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source_row": pl.Int64,
    "source_part": pl.String,
    "period": pl.Date,
    "statement_period": pl.Date,
    "dsp": pl.String,
    "store": pl.String,
    "territory": pl.String,
    "artist": pl.String,
    "release": pl.String,
    "track": pl.String,
    "isrc": pl.String,
    "upc": pl.String,
    "catalogue_number": pl.String,
    "label": pl.String,
    "usage": pl.String,
    "monetisation": pl.String,
    "level": pl.String,
    "quantity": pl.Int64,
    "currency": pl.String,
    "gross": AMOUNT,
    "net": AMOUNT,
}
REASON: Final = "reason"  # why a line was rejected or skipped; null: accepted
IMPORTED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {**CLEANED, "revenue": AMOUNT}
