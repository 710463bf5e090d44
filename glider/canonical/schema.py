"""The canonical sale line: the one shape to which the lines of every layout are normalised.

It holds only what the file states: what is unknown is null, `ZZ` or `unknown`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

AMOUNT: Final = pl.Decimal(38, 18)  # exact; amounts are rounded half-even, and only when shown

USAGES: Final = ("stream", "download", "ugc", "physical", "ringtone", "sync", "adjustment", "other")
MONETISATIONS: Final = ("subscription", "ad_supported", "purchase", "trial", "other", "unknown")
LEVELS: Final = ("track", "release")
UNKNOWN_TERRITORY: Final = "ZZ"
WORLDWIDE: Final = "XW"

# Column → type, in the order of the columns of Parquet files. The importer adds `revenue`: net at the exchange rate.
CLEANED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "source_row": pl.Int64,  # number of the line in its source, from 1
    "source_part": pl.String,  # the member of an archive, or the sheet
    "period": pl.Date,  # first day of the month of sale
    "statement_period": pl.Date,
    "dsp": pl.String,
    "store": pl.String,  # as written
    "territory": pl.String,  # ISO 3166-1 alpha-2, `ZZ` (unknown) or `XW` (worldwide)
    "artist": pl.String,
    "release": pl.String,
    "track": pl.String,
    "isrc": pl.String,
    "upc": pl.String,  # as written where its check digit is wrong
    "catalogue_number": pl.String,
    "label": pl.String,
    "usage": pl.String,
    "monetisation": pl.String,
    "level": pl.String,
    "quantity": pl.Int64,  # signed
    "currency": pl.String,  # ISO 4217
    "gross": AMOUNT,
    "net": AMOUNT,  # what the label is to receive
}
REASON: Final = "reason"  # column: the code why a line was rejected or skipped; null: accepted
IMPORTED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {**CLEANED, "revenue": AMOUNT}
