"""A table of any layout to canonical sale lines, in one streaming pass; every line that is none gets its reason."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl
import pycountry

from glider.cleaning.amounts import Sign, parse_amounts, parse_quantities
from glider.cleaning.identifiers import parse_isrcs, parse_upcs
from glider.cleaning.plan import Plan, named_places, places
from glider.cleaning.reading import ROW, SURPLUS, Table, preamble_values
from glider.cleaning.territories import territory
from glider.expressions import by_value, each, first_case
from glider.formats.layout import Choice, Layout, LevelRule, SkipRule
from glider.formats.periods import middle_months, months, parse_days
from glider.formats.stores import Stores
from glider.schema import AMOUNT, CLEANED, REASON, UNKNOWN_TERRITORY

TEXTS: Final = ("store", "artist", "release", "track", "catalogue_number", "label")
_OLD_CURRENCIES: Final = {"RUR": "RUB", "BYR": "BYN", "TRL": "TRY", "ROL": "RON", "US$": "USD", "$": "USD", "€": "EUR"}
_PART_MARK: Final = "\x1f"
_RAW: Final = "raw_"  # prefix of the cells as written, kept beside the parsed ones until the reasons are settled


def standard_lines(table: Table, plan: Plan, stores: Stores, reporting_period: str | None) -> pl.LazyFrame:
    """`CLEANED` and `reason` (null: the line is accepted) of every row behind the header, in order."""
    layout = table.header.layout
    frame = table.scan(plan.path).with_columns(_source_row(table, plan).alias("source_row"))
    frame = frame.with_columns(
        *_cells(table),
        _blank(table).alias("blank"),
        _skip_reason(table).alias("skip"),
        *_choices(table),
    )
    frame = frame.with_columns(*_values(table, plan, layout, reporting_period))
    frame = frame.with_columns(*_derived(layout, stores), _reason(table, plan).alias(REASON))
    return frame.with_columns(pl.lit(table.part).alias("source_part"), *_by_level(layout, table)).select(
        *(pl.col(name).cast(kind) for name, kind in CLEANED.items()), REASON
    )


# --- where a line stands ---


def _source_row(table: Table, plan: Plan) -> pl.Expr:
    row = pl.col(ROW).cast(pl.Int64) + table.first_line
    if not plan.spans_lines:
        return row
    breaks = pl.sum_horizontal(pl.col(name).str.count_matches("\n", literal=True) for name in table.columns)
    return row + breaks.cum_sum().cast(pl.Int64) - breaks.cast(pl.Int64)


def _blank(table: Table) -> pl.Expr:
    return pl.all_horizontal(pl.col(table.columns).fill_null("") == "")


# --- cells as written ---


def _cells(table: Table) -> list[pl.Expr]:
    """Each field's cell without spaces around it; where several columns may fill it, the first that is not blank."""
    fields = table.header.layout.columns
    return [
        _first_filled([_stripped(place, table) for place in places(table, name)]).alias(_RAW + name) for name in fields
    ]


def _stripped(place: str, table: Table) -> pl.Expr:
    cell = pl.col(place).fill_null("").str.strip_chars()
    return cell.str.normalize("NFC") if table.text.decomposed else cell


def _first_filled(cells: list[pl.Expr]) -> pl.Expr:
    if not cells:
        return pl.lit("")
    if len(cells) == 1:
        return cells[0]
    return pl.coalesce(pl.when(cell != "").then(cell) for cell in cells).fill_null("")


def _raw(name: str) -> pl.Expr:
    return pl.col(_RAW + name)


# --- cells to values ---


def _values(table: Table, plan: Plan, layout: Layout, reporting_period: str | None) -> list[pl.Expr]:
    sign = _sign(table, plan, "net")
    return [
        _amount(table, plan, "net"),
        _amount(table, plan, "gross"),
        _quantity(layout, sign).alias("quantity"),
        *_periods(table, layout, reporting_period),
        _currency(table, layout).alias("currency"),
        _isrc(table).alias("isrc"),
        _upc(layout).alias("upc"),
        *(_text(layout, name).alias(name) for name in TEXTS),
        _territory(layout).alias("territory"),
    ]


def _sign(table: Table, plan: Plan, name: str) -> Sign:
    found = places(table, name)[:1]
    return plan.signs[found[0]] if found else "point"


def _amount(table: Table, plan: Plan, name: str) -> pl.Expr:
    if name not in table.header.layout.columns:
        return pl.lit(None, dtype=AMOUNT).alias(name)
    sign = _sign(table, plan, name)
    return _raw(name).map_batches(lambda cells: parse_amounts(cells, sign), AMOUNT, is_elementwise=True).alias(name)


def _quantity(layout: Layout, sign: Sign) -> pl.Expr:
    if "quantity" not in layout.columns:
        return pl.lit(0, dtype=pl.Int64)
    return _raw("quantity").map_batches(lambda cells: parse_quantities(cells, sign), pl.Int64, is_elementwise=True)


def _periods(table: Table, layout: Layout, reporting_period: str | None) -> list[pl.Expr]:
    return [
        _period(table, layout, reporting_period).alias("period"),
        _month(layout, "statement_period", layout.dates.statement_period).alias("statement_period"),
    ]


def _period(table: Table, layout: Layout, reporting_period: str | None) -> pl.Expr:
    if "period_end" in layout.columns:
        return _span(layout)
    if "period" in layout.columns:
        return _month(layout, "period", layout.dates.period)
    given = date.fromisoformat(f"{reporting_period}-01") if reporting_period else None
    return pl.lit(preamble_period(table) or given, dtype=pl.Date)


def preamble_period(table: Table) -> date | None:
    """The first of the month that the lines above the header name."""
    rule, values = table.header.layout.preamble, preamble_values(table.header)
    start, end = (values.get((key or "").casefold()) for key in (rule.period, rule.period_end))
    days = [parse_days(pl.Series([day]), table.header.layout.dates.period) for day in (start, end or start)]
    if start is None or any(day.has_nulls() for day in days):
        return None
    month: date = middle_months(days[0], days[1]).item()
    return month


def _span(layout: Layout) -> pl.Expr:
    start, end = (_days(_raw(name), layout.dates.period) for name in ("period", "period_end"))
    pair = pl.struct(start.alias("start"), end.fill_null(start).alias("end"))
    return pair.map_batches(
        lambda spans: middle_months(spans.struct.field("start"), spans.struct.field("end")),
        pl.Date,
        is_elementwise=True,
    )


def _month(layout: Layout, name: str, notations: tuple[str, ...]) -> pl.Expr:
    if name not in layout.columns:
        return pl.lit(None, dtype=pl.Date)
    return by_value(_raw(name), lambda cells: months(parse_days(cells, notations)), pl.Date)


def _days(cells: pl.Expr, notations: tuple[str, ...]) -> pl.Expr:
    return by_value(cells, lambda values: parse_days(values, notations), pl.Date)


def _currency(table: Table, layout: Layout) -> pl.Expr:
    if "currency" in layout.columns:
        return by_value(
            _raw("currency"),
            lambda cells: pl.Series([currency_code(cell) for cell in cells], dtype=pl.String),
            pl.String,
        )
    return pl.lit(layout.currency.fixed or preamble_currency(table), dtype=pl.String)


def preamble_currency(table: Table) -> str | None:
    key = table.header.layout.preamble.currency
    return currency_code(preamble_values(table.header).get(key.casefold(), "")) if key else None


def currency_code(text: str | None) -> str | None:
    """ISO 4217, with the old codes that files still use brought up to date; None for anything else."""
    code = (text or "").strip().upper()
    code = _OLD_CURRENCIES.get(code, code)
    return code if code in _currencies() else None


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _isrc(table: Table) -> pl.Expr:
    """The first column that holds an ISRC: some hold a video's id, or the code in another column."""
    found = [_stripped(place, table) for place in places(table, "isrc")]
    if not found:
        return pl.lit(None, dtype=pl.String)
    return pl.coalesce(by_value(cell, parse_isrcs, pl.String) for cell in found)


def _upc(layout: Layout) -> pl.Expr:
    if "upc" not in layout.columns:
        return pl.lit(None, dtype=pl.String)
    return by_value(_raw("upc"), parse_upcs, pl.String)


def _text(layout: Layout, name: str) -> pl.Expr:
    if name not in layout.columns:
        return pl.lit(None, dtype=pl.String)
    text = pl.when(_raw(name) != "").then(_raw(name))
    if name == "track" and "version" in layout.columns:
        version = _raw("version")
        return pl.when(version != "").then(pl.format("{} ({})", text, version)).otherwise(text)
    return text


def _territory(layout: Layout) -> pl.Expr:
    if "territory" not in layout.columns:
        return pl.lit(UNKNOWN_TERRITORY)
    return by_value(_raw("territory"), each(territory), pl.String)


# --- what follows from several cells ---


def _choices(table: Table) -> list[pl.Expr]:
    layout = table.header.layout
    rules = {"level": layout.level, "usage": layout.usage, "monetisation": layout.monetisation}
    return [_joined(table, rule).alias(f"cells_{name}") for name, rule in rules.items()]


def _joined(table: Table, rule: Choice) -> pl.Expr:
    cells = [_stripped(place, table) for place in named_places(table, rule.columns)]
    return pl.concat_str(cells, separator=_PART_MARK) if cells else pl.lit("")


def _chosen(name: str, rule: Choice) -> pl.Expr:
    return by_value(pl.col(f"cells_{name}"), each(rule.means), pl.String)


def _derived(layout: Layout, stores: Stores) -> list[pl.Expr]:
    store = pl.col("store") if layout.dsp is None else pl.lit(layout.dsp)
    tier = by_value(store, each(stores.tier_of), pl.String)
    return [
        store.alias("store"),
        (by_value(store, each(stores.dsp_of), pl.String) if layout.dsp is None else store).alias("dsp"),
        _level(layout.level).alias("level"),
        _chosen("usage", layout.usage).fill_null("other").alias("usage"),
        pl.coalesce(_chosen("monetisation", layout.monetisation), tier).fill_null("unknown").alias("monetisation"),
    ]


def _level(rule: LevelRule) -> pl.Expr:
    level = _chosen("level", rule).fill_null("track")
    if rule.release_without is None:
        return level
    return pl.when(_raw(rule.release_without) == "").then(pl.lit("release")).otherwise(level)


def _by_level(layout: Layout, table: Table) -> list[pl.Expr]:
    """A line of a release has no track; where one column serves both titles, a line of a track has no release."""
    of_release = pl.col("level") == "release"
    shared = places(table, "track") == places(table, "release")
    track = pl.when(~of_release).then(pl.col("track")).alias("track")
    release = pl.when(of_release).then(pl.col("release")).alias("release") if shared else pl.col("release")
    dsp = pl.when(pl.col("dsp") != "").then(pl.col("dsp")).alias("dsp")
    return [track, release, dsp, pl.col("quantity").fill_null(0)]


# --- why a line is no sale line ---


def _skip_reason(table: Table) -> pl.Expr:
    cases = [
        (_skips(rule, pl.col(place).str.strip_chars()), pl.lit(rule.reason))
        for rule in table.header.layout.skip
        for place in named_places(table, (rule.column,))
    ]
    return first_case(cases, pl.String)


def _skips(rule: SkipRule, cell: pl.Expr) -> pl.Expr:
    if rule.equals:
        return cell.str.to_lowercase().is_in([value.casefold() for value in rule.equals])
    return cell == "" if rule.blank else cell.str.contains(rule.matches or "")


def _reason(table: Table, plan: Plan) -> pl.Expr:
    """The first thing that is wrong with a line, from its form to its values."""
    form = [
        *((pl.col("source_row").is_in(list(lines)), pl.lit(reason)) for reason, lines in plan.bad_lines.items()),
        (pl.col("blank"), pl.lit("blank_line")),
        (pl.col("skip").is_not_null(), pl.col("skip")),
        (pl.col(SURPLUS).fill_null("") != "", pl.lit("too_many_cells")),
    ]
    values = [(wrong, pl.lit(reason)) for wrong, reason in _faults(table.header.layout)]
    return first_case([*form, *values], pl.String)


def _faults(layout: Layout) -> list[tuple[pl.Expr, str]]:
    return [
        (_raw("net") == "", "missing_net"),
        (pl.col("net").is_null(), "bad_net"),
        *_unreadable(layout, "gross", "bad_gross"),
        *_unreadable(layout, "quantity", "bad_quantity"),
        *([(_raw("period") == "", "missing_period")] if "period" in layout.columns else []),
        (pl.col("period").is_null(), "bad_period" if "period" in layout.columns else "missing_period"),
        *_unreadable(layout, "statement_period", "bad_statement_period"),
        *([(_raw("currency") == "", "missing_currency")] if "currency" in layout.columns else []),
        *([(pl.col("currency").is_null(), "bad_currency")] if "currency" in layout.columns else []),
    ]


def _unreadable(layout: Layout, name: str, reason: str) -> list[tuple[pl.Expr, str]]:
    return [(pl.col(name).is_null() & (_raw(name) != ""), reason)] if name in layout.columns else []
