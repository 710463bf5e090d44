"""Finds the lines of a table that state a total of others, in any layout, whether or not its author knew of one.

Such a line names no sale: a cell of it says "total" in some language, or it has no title, artist, code or month; and
its net or its units are the sum of lines before it: of all, or since an earlier line of totals. Totals above their
lines are known only by such a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy
import polars as pl

from glider.canonical.schema import REASON
from glider.canonical.staged_lines import has_values, scan_lines
from glider.checks import check
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.recognition.stated_totals import MONEY_PLACES, SHEET_PLACES, plain_decimal
from glider.cleaning.recognition.total_words import BALANCE, BALANCE_ROOTS, MIXED, PURE, ROOTS, may_say, says
from glider.cleaning.sale_lines.cells import cell, source_row, stripped
from glider.contract import Check
from glider.reason_codes import SKIPPING
from oas.kernel.amounts import exact

IDENTITY: Final = ("track", "release", "artist", "isrc", "upc", "catalogue_number", "period")
MOST_CANDIDATES: Final = 100_000
MOST_GROUPS: Final = 50  # totals lines before or after one that may be the edge of its group
MOST_CHECKS: Final = 20
SAME: Final = Decimal("0.001")  # share by which a total without a word may differ from its sum
TEXT_PLACES: Final = 9  # decimals beyond are those of a binary fraction


@dataclass(frozen=True)
class TotalsLines:
    """The numbers of the lines that state totals, and a check for each that is compared.

    `balances` are the numbers of lines that carry the balance of an earlier statement forward.
    """

    rows: tuple[int, ...] = ()
    checks: tuple[Check, ...] = ()
    balances: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    """A line that may state a total. `words`: it says so; `certain`: it can be nothing else."""

    row: int
    net: Decimal | None
    quantity: int
    currency: str | None
    words: bool
    certain: bool


@dataclass
class _Sums:
    """Net, units and number of the lines so far: by currency, and of all (None)."""

    of: dict[str | None, tuple[Decimal, int, int]] = field(default_factory=dict)

    def add(self, currency: str | None, net: Decimal, quantity: int, lines: int) -> None:
        for key in {currency, None}:
            before = self.of.get(key, (Decimal(0), 0, 0))
            self.of[key] = (before[0] + net, before[1] + quantity, before[2] + lines)

    def since(self, earlier: _Sums, currency: str | None) -> tuple[Decimal, int, int]:
        nothing = (Decimal(0), 0, 0)
        now, then = self.of.get(currency, nothing), earlier.of.get(currency, nothing)
        return now[0] - then[0], now[1] - then[1], now[2] - then[2]

    def copy(self) -> _Sums:
        return _Sums(dict(self.of))


@dataclass(frozen=True)
class _Counts:
    """How many lines of sales there are, how many are `weak` (they name hardly anything) or `bare` (nothing)."""

    lines: int
    weak: int
    bare: int


def find_totals_lines(table: Table, plan: ReadPlan, lines: Path) -> TotalsLines:
    """Return the lines of `table` that state totals; `lines` are its staged lines."""
    counts = _count(table, lines)
    if not counts.weak:
        return TotalsLines()
    rows = _weak_rows(table, plan, lines, counts)
    balances = _balances(rows, counts)
    candidates = _candidates(table, rows.filter(~pl.col("source_row").is_in(list(balances))), counts)
    if not candidates or len(candidates) > MOST_CANDIDATES or len(candidates) == counts.lines:
        return TotalsLines(balances=balances)
    with exact():
        found = _compared(table, candidates, _segments(lines, candidates, balances))
    return replace(found, balances=balances)


# --- lines that name no sale ---


def _sales(lines: Path) -> pl.LazyFrame:
    return scan_lines(lines).filter(~pl.col(REASON).is_in(SKIPPING).fill_null(False))


def _identity(table: Table) -> list[str]:
    return [name for name in IDENTITY if table.header.layout.columns.get(name) and table.columns.of_field(name)]


def _filled(table: Table) -> tuple[pl.Expr, int]:
    """How many cells of identity a staged line has, and how many a weak line has at most."""
    names = _identity(table)
    filled = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int32) for name in names) if names else pl.lit(0)
    return filled, min(3, max(1, len(names) - 1))


def _count(table: Table, lines: Path) -> _Counts:
    filled, most = _filled(table)
    # Counts of nulls in the footers of Parquet are there at once; reading these columns is a tenth of a pass.
    if has_values(lines, _identity(table)) > most:
        return _Counts(0, 0, 0)
    wanted = _sales(lines).select(filled.alias("filled"))
    # A month that is stated once for all lines is none of the line's own.
    own = pl.col("filled") - (1 if table.header.layout.dates.stated else 0)
    weak, bare = (pl.col("filled") <= most).sum(), (own <= 0).sum()
    return _Counts(*wanted.select(pl.len(), weak.alias("weak"), bare.alias("bare")).collect(engine="streaming").row(0))


def _weak_rows(table: Table, plan: ReadPlan, lines: Path, counts: _Counts) -> pl.DataFrame:
    """The weak lines that may state a total or a balance, with their numbers and what their cells say."""
    names = _identity(table)
    seen = _seen(table, plan, names, bare=bool(names) and 0 < counts.bare <= MOST_CANDIDATES)
    filled, most = _filled(table)
    wanted = pl.col("source_row").is_in(seen["source_row"].implode()) & (filled <= most)
    weak = _sales(lines).filter(wanted).group_by("source_row").agg(
        pl.col("net", "quantity").sum(), pl.col("currency").first().cast(pl.String), pl.col("net").count().alias("nets")
    )  # fmt: skip
    return weak.join(seen.lazy(), on="source_row", how="inner").sort("source_row").collect(engine="streaming")


def _balances(rows: pl.DataFrame, counts: _Counts) -> tuple[int, ...]:
    """The lines that name a balance and nothing that was sold: money of an earlier statement, and no sale."""
    found = rows.filter("balance")["source_row"]
    # A file of little else has these words for something that is sold.
    return tuple(found) if 2 * len(found) <= counts.lines else ()


def _candidates(table: Table, rows: pl.DataFrame, counts: _Counts) -> list[_Candidate]:
    names = _identity(table)
    rows = rows.filter("likely")
    # Where most lines have no identity, its lack is no sign of a total.
    if 2 * int((~rows["words"]).sum()) > counts.lines:
        rows = rows.filter("words")
    return [_candidate(row, few=len(names) < 3) for row in rows.iter_rows(named=True)]


def _seen(table: Table, plan: ReadPlan, names: Sequence[str], *, bare: bool) -> pl.DataFrame:
    """The lines with a word of totals or balances, with `bare` those without identity too, and what their cells say."""
    rows = table.scan(plan.path).with_columns(source_row(table, spans_lines=plan.spans_lines).alias("source_row"))
    cells = {name: cell(table, table.header.layout.columns[name]) for name in names}
    # A label may be called Total Music: it says nothing of its lines.
    labels = table.columns.of_field("label")
    every = [stripped(name, table) for name in table.every_column if name not in labels]
    likely = may_say(pl.concat_str(every, separator="\n"), (*ROOTS, *BALANCE_ROOTS))
    empty = pl.all_horizontal(text == "" for text in cells.values()) if bare else pl.lit(False)
    words, pure = (pl.any_horizontal(says(text, pattern) for text in every) for pattern in (MIXED, PURE))
    found = rows.filter(likely | empty).with_columns(words.alias("words"), _balance(table, every).alias("balance"))
    found = found.filter(pl.col("words") | pl.col("balance") | empty)
    seen = found.select("source_row", "words", "balance", pure.alias("pure"), *_named(cells))
    kept = (pl.col("words") & (pl.col("titles") <= 1)) | (pl.col("others") == 0)
    seen = seen.with_columns(kept.alias("likely")).filter(pl.col("likely") | pl.col("balance"))
    return seen.head(2 * MOST_CANDIDATES).collect(engine="streaming")


def _balance(table: Table, every: Sequence[pl.Expr]) -> pl.Expr:
    """Whether a line names a balance and nothing that was sold."""
    codes = [place for name in ("isrc", "upc", "catalogue_number") for place in table.columns.of_field(name)]
    names = [place for name in ("artist", "track", "release") for place in table.columns.of_field(name)]
    named = [stripped(place, table) for place in names]
    return pl.all_horizontal(
        pl.any_horizontal(says(text, BALANCE, BALANCE_ROOTS) for text in every),
        *(stripped(place, table) == "" for place in codes),
        *((text == "") | says(text, BALANCE, BALANCE_ROOTS) for text in named),
    )


def _named(cells: Mapping[str, pl.Expr]) -> list[pl.Expr]:
    """How many cells of identity are filled with other words (`others`), all but the month (`titles`), and whether one
    of them says "total" (`within`)."""
    named = {name: ((text != "") & ~says(text, MIXED)).cast(pl.Int32) for name, text in cells.items()}
    # A subtotal may name the artist and the month that it is of; only its sum tells it from a sale.
    titles = [filled for name, filled in named.items() if name != "period"]
    return [
        (pl.sum_horizontal(named.values()) if named else pl.lit(0)).alias("others"),
        (pl.sum_horizontal(titles) if titles else pl.lit(0)).alias("titles"),
        (pl.any_horizontal(says(text, MIXED) for text in cells.values()) if cells else pl.lit(False)).alias("within"),
    ]


def _candidate(row: dict[str, Any], *, few: bool) -> _Candidate:
    # With few columns of identity, a title such as "Sum Total" may be all that a sale has.
    alone = row["words"] and row["others"] == 0
    return _Candidate(
        row=row["source_row"],
        net=row["net"] if row["nets"] else None,
        quantity=row["quantity"] or 0,
        currency=row["currency"],
        words=row["words"],
        certain=alone and (row["pure"] or not (few or row["within"])),
    )


# --- sums between them ---


def _segments(
    lines: Path, candidates: Sequence[_Candidate], left_out: Sequence[int]
) -> list[list[tuple[str | None, Decimal, int, int]]]:
    """Before each of `candidates`, and after the last: currency, net, units and number of the lines since another."""
    rows = numpy.array([candidate.row for candidate in candidates], dtype=numpy.int64)
    place = pl.col("source_row").map_batches(
        lambda batch: pl.Series(numpy.searchsorted(rows, batch.to_numpy()), dtype=pl.Int64),
        pl.Int64,
        is_elementwise=True,
    )
    others = _sales(lines).filter(~pl.col("source_row").is_in([*rows.tolist(), *left_out]))
    sums = others.group_by(place.alias("segment"), pl.col("currency")).agg(
        pl.col("net", "quantity").sum(), pl.len().cast(pl.Int64).alias("lines")
    )
    found: list[list[tuple[str | None, Decimal, int, int]]] = [[] for _ in range(len(rows) + 1)]
    for segment, *rest in sums.cast({pl.Categorical: pl.String}).collect(engine="streaming").iter_rows():
        found[segment].append((rest[0], rest[1] or Decimal(0), rest[2] or 0, rest[3]))
    return found


def _compared(
    table: Table, candidates: Sequence[_Candidate], segments: list[list[tuple[str | None, Decimal, int, int]]]
) -> TotalsLines:
    sums, edges = _Sums(), [_Sums()]
    open_, rows, checks = [], [], []
    for candidate, segment in zip(candidates, segments, strict=False):
        _add(sums, segment)
        found = _matching(table, candidate, [sums.since(edge, _key(candidate)) for edge in _near(edges)])
        if found is None and not candidate.certain:
            _add(sums, [(candidate.currency, candidate.net or Decimal(0), candidate.quantity, 1)])
            continue
        rows.append(candidate.row)
        edges.append(sums.copy())
        if found is None:
            open_.append((candidate, len(edges) - 1))
        else:
            checks.append(_check(table, candidate, found))
    _add(sums, segments[-1])
    edges.append(sums)
    for candidate, place in open_:
        below = [edge.since(edges[place], _key(candidate)) for edge in edges[place + 1 :][:MOST_GROUPS]]
        below.append(sums.since(edges[place], _key(candidate)))
        above = edges[place].since(edges[0], _key(candidate))
        checks.append(_check(table, candidate, _matching(table, candidate, below) or above))
    if not sums.of.get(None, (0, 0, 0))[2]:
        return TotalsLines()
    return TotalsLines(tuple(rows), tuple(_few(checks)))


def _add(sums: _Sums, segment: Iterable[tuple[str | None, Decimal, int, int]]) -> None:
    for currency, net, quantity, lines in segment:
        sums.add(currency, net, quantity, lines)


def _near(edges: list[_Sums]) -> list[_Sums]:
    return [edges[0], *reversed(edges[1:][-MOST_GROUPS:])]


def _key(candidate: _Candidate) -> str | None:
    return candidate.currency


def _matching(
    table: Table, candidate: _Candidate, sums: Iterable[tuple[Decimal, int, int]]
) -> tuple[Decimal, int, int] | None:
    """The first of `sums` that `candidate` states; None if there is none."""
    # A shop or country without a sale has a total of nothing.
    nothing = candidate.certain and candidate.net == 0
    groups = [group for group in sums if group[2] or nothing]
    if candidate.net is not None:
        most = _tolerance(table, candidate.net)
        # Without a word, only a close sum of the same units is a sign of a total, and zero is none.
        most = most if candidate.words else min(most, abs(candidate.net) * SAME)
        net = [group for group in groups if abs(group[0] - candidate.net) <= most]
        if candidate.words:
            return net[0] if net else None
        return next((g for g in net if candidate.net and candidate.quantity in (0, g[1])), None)
    units = (group for group in groups if candidate.words and candidate.quantity and group[1] == candidate.quantity)
    return next(units, None)


def _tolerance(table: Table, amount: Decimal) -> Decimal:
    exponent = plain_decimal(amount).as_tuple().exponent
    places = max(MONEY_PLACES, -exponent if isinstance(exponent, int) else 0)
    return Decimal(5).scaleb(-1 - min(places, SHEET_PLACES if table.sheet else TEXT_PLACES))


def _check(table: Table, candidate: _Candidate, found: tuple[Decimal, int, int]) -> Check:
    where = f"total in line {candidate.row}" + (f" ({table.member})" if table.member else "")
    if candidate.net is None:
        return check(f"units of its lines = {where}", candidate.quantity, found[1])
    made = check(f"net of its lines = {where}", plain_decimal(candidate.net), found[0])
    near = abs(found[0] - candidate.net) <= _tolerance(table, candidate.net)
    return made.model_copy(update={"tied": True}) if near else made


def _few(checks: list[Check]) -> list[Check]:
    """At most `MOST_CHECKS`, those that do not tie first, and one for how many of the others do not."""
    ordered = sorted(checks, key=lambda made: made.tied)
    more = ordered[MOST_CHECKS:]
    further = [check("further lines of totals that do not tie", 0, sum(not made.tied for made in more))]
    return ordered[:MOST_CHECKS] + (further if more else [])
