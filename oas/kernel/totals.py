"""Totals of sale lines by period and dimension: which lines make one artist, track or release, and their sums.

Glider totals what it imports by these rules; OAS uses the same ones when it verifies totals, or when they are lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from oas.kernel.amounts import exact

DIMENSIONS: Final = ("artist", "dsp", "territory", "track", "release")
AMOUNT: Final = pl.Decimal(38, 18)
# An AMOUNT is below 10^20, and a count below 2^63. The rest is room for what magnitudes leave out: decimals of amounts,
# and digits of counts.
MOST_AMOUNT: Final = 99 * 10**18
_MOST_COUNT: Final = 9 * 10**18
_MAGNITUDE: Final = "_magnitude"
SUMS: Final = ("rows", "quantity", "gross", "net", "revenue")
NOT_STATED: Final = "(not stated)"
WHOLE_RELEASES: Final = "(whole releases)"
# Lines are first grouped by the columns of several dimensions at once: two passes over them instead of five.
_TOGETHER: Final = (("artist", "track", "release"), ("dsp", "territory"))
_NOTHING_SHARED: Final = pl.QueryOptFlags(comm_subplan_elim=False)
_MARK: Final = "\x1f"  # between artist and title in a key without a code
# A name may hold any sign, this one too: in keys it is written in another way, or two works would have one key.
_SPELLED: Final = {"\x1e": "\x1e0", _MARK: "\x1e1"}
# A spreadsheet has rounded such a code: others became the same text, so it says of no two lines that they are of one.
ROUNDED: Final = r"(?i)^\d+(?:[.,]\d*)?e[+]?\d+$"
_TEXTS: Final = ("name", "isrc", "upc", "artist")

# Columns of a file's totals by period. `period` is YYYY-MM; lines of one `key` belong together (null: lines that name
# no artist, track … of the dimension); `name` is null where only a code is known. Amounts are exact; `revenue` is in
# the currency of the organisation's books, the others in that of the file.
COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "period": pl.String,
    "dimension": pl.String,
    "key": pl.String,
    "name": pl.String,
    "isrc": pl.String,
    "upc": pl.String,
    "artist": pl.String,
    "rows": pl.Int64,
    "quantity": pl.Int64,
    "gross": AMOUNT,
    "net": AMOUNT,
    "revenue": AMOUNT,
}


def sums() -> list[pl.Expr]:
    """The sums of lines, as expressions: the columns of `SUMS`."""
    return [pl.len().cast(pl.Int64).alias("rows"), pl.col("quantity", "gross", "net", "revenue").sum()]


def magnitudes(*amounts: str) -> list[pl.Expr]:
    """The sums of `amounts` and of `quantity` without signs, to be grouped with their sums: see `has_exact_sums`."""
    quantity = pl.col("quantity").abs().cast(pl.Float64).sum().alias(f"quantity{_MAGNITUDE}")
    return [quantity, *(_magnitude(name).alias(f"{name}{_MAGNITUDE}") for name in amounts)]


def _magnitude(amount: str) -> pl.Expr:
    # Without decimals there is room for 10^38.
    return pl.col(amount).abs().cast(pl.Decimal(38, 0)).sum()


def has_exact_sums(groups: pl.DataFrame) -> bool:
    """Whether every sum in `groups` whose magnitude they have is right, and any sum over a part of their lines."""
    # Polars wraps around when it sums by group past 38 digits, or past 2^63: the sum is then any number, negative or
    # plausible. Sums without signs are never smaller than those of a part of the lines.
    found = [groups[name] for name in groups.columns if name.endswith(_MAGNITUDE)]
    most = [_MOST_COUNT if column.dtype.is_float() else MOST_AMOUNT for column in found]
    return all(bool((column.fill_null(0) < bound).all()) for column, bound in zip(found, most, strict=True))


@contextmanager
def overflow_as(problem: Exception) -> Iterator[None]:
    """Raise `problem` where Polars notices by itself that a sum has too many digits."""
    try:
        yield
    except pl.exceptions.ComputeError as error:
        # The kind of the error has no class of its own: it is only in its text.
        if "overflow in decimal" not in str(error):
            raise
        raise problem from error


def exact_sum(amounts: pl.Series) -> Decimal:
    """The sum of `amounts` (`AMOUNT`) with every digit, however many and large they are; 0 of none."""
    found = amounts.drop_nulls().cast(AMOUNT).to_arrow()
    # Arrow holds an amount as a whole number of 128 bits; sums of 32 bits at a time have room for 2^32 of them.
    limbs = np.frombuffer(found.buffers()[1] or b"", dtype=np.uint32)[4 * found.offset :][: 4 * len(found)]
    parts = [int(limbs[place::4].sum(dtype=np.uint64)) for place in range(3)]
    parts.append(int(limbs[3::4].view(np.int32).sum(dtype=np.int64) if len(limbs) else 0))
    with exact():
        return Decimal(sum(part << 32 * place for place, part in enumerate(parts))).scaleb(-18)


def tables(lines: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    """Dimension → totals of `lines`: a row per period (a date, the first of the month) and key.

    Each table has those columns of `COLUMNS` that apply to its dimension.
    """
    # The lines are read twice: what two queries share would stay in memory until both have read it.
    groups = pl.collect_all(
        [_grouped(lines, dimensions) for dimensions in _TOGETHER], engine="streaming", optimizations=_NOTHING_SHARED
    )
    found = {
        dimension: _by_period(group.lazy(), dimension)
        for dimensions, group in zip(_TOGETHER, groups, strict=True)
        for dimension in dimensions
    }
    return _collected({name: found[name] for name in DIMENSIONS})


def _collected(queries: Mapping[str, pl.LazyFrame]) -> dict[str, pl.DataFrame]:
    """The tables that `queries` make of what is in memory already."""
    # Setting up a stream costs five times as much as the work of a small file.
    return dict(zip(queries, pl.collect_all(queries.values(), engine="in-memory"), strict=True))


def _grouped(lines: pl.LazyFrame, dimensions: Sequence[str]) -> pl.LazyFrame:
    """Sums by period and by every column that a key of `dimensions` is made of."""
    # Keys are made after grouping, of few texts; and interned texts are grouped by their numbers, not their letters.
    names = [name for dimension in dimensions for name in _roots(dimension)]
    return lines.group_by("period", *dict.fromkeys(names)).agg(*sums())


def _by_period(groups: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """Sums by period and key of one `dimension`; of several spellings of a name the first by the alphabet."""
    key, name = _GROUPS[dimension]
    shown = [pl.col(column).min() for column in ("artist",) if dimension in _CODES]
    groups = groups.group_by("period", *_roots(dimension)).agg(pl.col(SUMS).sum()).cast({pl.Categorical: pl.String})
    totals = groups.group_by("period", key.alias("key")).agg(
        pl.col(name).min().alias("name"), *shown, pl.col(SUMS).sum()
    )
    stated = pl.when(pl.col("key").is_not_null()).then("name").alias("name")
    return totals.with_columns(stated, *_codes(dimension))


def _roots(dimension: str) -> list[str]:
    """The columns that the key of `dimension` is made of."""
    return list(dict.fromkeys(_GROUPS[dimension][0].meta.root_names()))


def over_periods(found: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """What `tables` returned, summed over all periods: dimension → a row per key.

    `stated` is false for the lines that name none. Sorted by revenue, largest first, then by name and key, so that the
    same lines always give the same list.
    """
    return _collected({dimension: _over_periods(totals, dimension) for dimension, totals in found.items()})


def _over_periods(totals: pl.DataFrame, dimension: str) -> pl.LazyFrame:
    texts = [pl.col(name).min() for name in _TEXTS if name in totals.columns]
    groups = totals.lazy().group_by("key").agg(*texts, pl.col(*SUMS).sum())
    groups = groups.with_columns(_name(dimension), pl.col("key").is_not_null().alias("stated"))
    order = groups.sort("revenue", "name", "key", descending=[True, False, False], nulls_last=True)
    return order.drop("key")


def one_table(found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What `tables` returned, as one table of `COLUMNS`, by dimension, period and key."""
    complete = [_complete(dimension, table) for dimension, table in found.items()]
    rows = pl.concat([pl.LazyFrame(schema=COLUMNS), *complete]).sort("dimension", "period", "key", nulls_last=True)
    return rows.collect(engine="in-memory")


def _complete(dimension: str, table: pl.DataFrame) -> pl.LazyFrame:
    month = pl.col("period").dt.strftime("%Y-%m").alias("period")
    made = {"period": month, "dimension": pl.lit(dimension)}
    known = frozenset(table.columns)
    return table.lazy().select(
        made.get(name, pl.col(name) if name in known else pl.lit(None)).cast(kind).alias(name)
        for name, kind in COLUMNS.items()
    )


def _codes(dimension: str) -> list[pl.Expr]:
    """The code, where the key of a line is one, and its artist, where it has a key."""
    if dimension not in _CODES:
        return []
    is_code = ~pl.col("key").str.contains(_MARK, literal=True)
    stated = pl.col("key").is_not_null()
    return [pl.when(is_code).then("key").alias(_CODES[dimension]), pl.when(stated).then("artist").alias("artist")]


def _name(dimension: str) -> pl.Expr:
    """The name under which a key is shown, else its code; for lines without a key `unnamed_of` the dimension."""
    codes = [pl.col(_CODES[dimension])] if dimension in _CODES else []
    unnamed = pl.lit(unnamed_of(dimension))
    return pl.when(pl.col("key").is_null()).then(unnamed).otherwise(pl.coalesce(pl.col("name"), *codes)).alias("name")


def unnamed_of(dimension: str) -> str:
    """The name under which lines are shown that name no artist, track … of `dimension`."""
    return WHOLE_RELEASES if dimension == "track" else NOT_STATED


def _by_code(code: str, title: str) -> pl.Expr:
    """The code, else artist and title together: two songs of one title are not one song. A `ROUNDED` code is none."""
    titled = pl.when(pl.col(title).is_not_null()).then(
        pl.concat_str([_spelled(pl.col("artist").fill_null("")), _spelled(pl.col(title))], separator=_MARK)
    )
    return pl.coalesce(pl.when(~pl.col(code).str.contains(ROUNDED)).then(_spelled(pl.col(code))), titled)


def _spelled(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(_SPELLED)


_CODES: Final = {"track": "isrc", "release": "upc"}

# Dimension → the key by which lines are grouped, and the column with its name.
_GROUPS: Final[dict[str, tuple[pl.Expr, str]]] = {
    "artist": (pl.col("artist"), "artist"),
    "dsp": (pl.col("dsp"), "dsp"),
    "territory": (pl.col("territory"), "territory"),
    "track": (pl.when(pl.col("level") == "track").then(_by_code("isrc", "track")), "track"),
    "release": (_by_code("upc", "release"), "release"),
}
