"""A table of any layout to canonical sale lines, in one streaming pass; every line that is none gets its reason."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from glider.cleaning.amounts import (
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    Sign,
    parse_amounts,
    parse_quantities,
    within,
)
from glider.cleaning.cells import RAW, first_filled, raw, source_row, stripped
from glider.cleaning.computing import KIND, kinds_of, nothing_of_kind, only_filled, sign_of, with_computed
from glider.cleaning.identifiers import parse_isrcs, parse_upcs
from glider.cleaning.plan import Plan, fitting, named_places, places
from glider.cleaning.reading import ROW, SURPLUS, Table
from glider.cleaning.territories import territory
from glider.expressions import by_value, each, first_case
from glider.formats.currencies import currency_code
from glider.formats.layout import Choice, Layout, LevelRule
from glider.formats.periods import middle_months, months, parse_days
from glider.formats.stores import Stores
from glider.schema import AMOUNT, CLEANED, REASON, UNKNOWN_TERRITORY

TEXTS: Final = ("store", "artist", "release", "track", "catalogue_number", "label")
_PART_MARK: Final = "\x1f"


def standard_lines(table: Table, plan: Plan, stores: Stores) -> pl.LazyFrame:
    """`CLEANED` and `reason` (null: the line is accepted) of every row behind the header, in order."""
    layout = table.header.layout
    frame = table.scan(plan.path).with_columns(source_row(table, spans_lines=plan.spans_lines).alias("source_row"))
    frame = frame.with_columns(
        *_cells(table),
        _blank(table).alias("blank"),
        _skip_reason(table).alias("skip"),
        *_choices(table),
    )
    frame = with_computed(frame, table, plan, _level(layout.level))
    frame = frame.with_columns(*_values(table, plan, layout))
    frame = frame.with_columns(*_derived(table, stores), _reason(table, plan).alias(REASON))
    return frame.with_columns(pl.lit(table.part).alias("source_part"), *_by_level(layout, table)).select(
        *(pl.col(name).cast(kind) for name, kind in CLEANED.items()), REASON
    )


# --- where a line stands ---


def _blank(table: Table) -> pl.Expr:
    return pl.all_horizontal(pl.col(table.columns).fill_null("") == "")


# --- cells as written ---


def _cells(table: Table) -> list[pl.Expr]:
    """Each field's cell without spaces around it; where several columns may fill it, the first that is not blank."""
    fields = table.header.layout.columns
    return [
        first_filled([stripped(place, table) for place in places(table, name)]).alias(RAW + name) for name in fields
    ]


# --- cells to values ---


def _values(table: Table, plan: Plan, layout: Layout) -> list[pl.Expr]:
    return [
        _amount(table, plan, "net"),
        _amount(table, plan, "gross"),
        _quantity(table, plan).alias("quantity"),
        *_periods(table, layout),
        _currency(table).alias("currency"),
        _isrc(table).alias("isrc"),
        _upc(layout).alias("upc"),
        *(_text(layout, name).alias(name) for name in TEXTS),
        _territory(layout).alias("territory"),
    ]


def _sign(table: Table, plan: Plan, name: str) -> Sign:
    return "point" if name in table.header.layout.computed else sign_of(table, plan, name)


def _amount(table: Table, plan: Plan, name: str) -> pl.Expr:
    if name not in table.header.layout.fields:
        return pl.lit(None, dtype=AMOUNT).alias(name)
    sign = _sign(table, plan, name)
    amounts = raw(name).map_batches(
        lambda cells: within(parse_amounts(cells, sign), LARGEST_AMOUNT), AMOUNT, is_elementwise=True
    )
    return amounts.alias(name)


def _quantity(table: Table, plan: Plan) -> pl.Expr:
    if "quantity" not in table.header.layout.fields:
        return pl.lit(0, dtype=pl.Int64)
    sign = _sign(table, plan, "quantity")
    return raw("quantity").map_batches(
        lambda cells: within(parse_quantities(cells, sign), LARGEST_QUANTITY), pl.Int64, is_elementwise=True
    )


def _periods(table: Table, layout: Layout) -> list[pl.Expr]:
    statement = _month(table, "statement_period", _notations(table, layout.dates.statement_period))
    stated = pl.lit(table.stated.statement_period, dtype=pl.Date)
    return [
        _period(table, layout).alias("period"),
        (stated if statement is None else statement).alias("statement_period"),
    ]


def _period(table: Table, layout: Layout) -> pl.Expr:
    stated = pl.lit(table.stated.period, dtype=pl.Date)
    if not has(table, "period"):
        return stated
    notations = _notations(table, layout.dates.period)
    months_sold = _span(notations) if has(table, "period_end") else _month(table, "period", notations)
    if layout.dates.stated and months_sold is not None:
        return pl.when(raw("period") == "").then(stated).otherwise(months_sold)
    return stated if months_sold is None else months_sold


def has(table: Table, name: str) -> bool:
    """Whether the table has a column for a field: some are only in some files of a layout."""
    layout = table.header.layout
    return bool(places(table, name)) or name in layout.joined or name in layout.by_level


def _notations(table: Table, notations: tuple[str, ...]) -> tuple[str, ...]:
    """In a sheet, days may be dates and no text: these are written as ISO dates, whatever the layout's notation is."""
    return (*notations, "year_month") if table.sheet else notations


def _span(notations: tuple[str, ...]) -> pl.Expr:
    start, end = (_days(raw(name), notations) for name in ("period", "period_end"))
    pair = pl.struct(start.alias("start"), end.fill_null(start).alias("end"))
    return pair.map_batches(
        lambda spans: middle_months(spans.struct.field("start"), spans.struct.field("end")),
        pl.Date,
        is_elementwise=True,
    )


def _month(table: Table, name: str, notations: tuple[str, ...]) -> pl.Expr | None:
    if not has(table, name):
        return None
    return by_value(raw(name), lambda cells: months(parse_days(cells, notations)), pl.Date)


def _days(cells: pl.Expr, notations: tuple[str, ...]) -> pl.Expr:
    return by_value(cells, lambda values: parse_days(values, notations), pl.Date)


def _currency(table: Table) -> pl.Expr:
    if has(table, "currency"):
        return by_value(raw("currency"), each(currency_code), pl.String)
    return pl.lit(table.stated.currency, dtype=pl.String)


def _isrc(table: Table) -> pl.Expr:
    """The first column that holds an ISRC: some hold a video's id, or the code in another column."""
    found = [stripped(place, table) for place in places(table, "isrc")]
    if not found:
        return pl.lit(None, dtype=pl.String)
    return pl.coalesce(by_value(cell, parse_isrcs, pl.String) for cell in found)


def _upc(layout: Layout) -> pl.Expr:
    if "upc" not in layout.columns:
        return pl.lit(None, dtype=pl.String)
    return by_value(raw("upc"), parse_upcs, pl.String)


def _text(layout: Layout, name: str) -> pl.Expr:
    if name not in layout.fields:
        return pl.lit(None, dtype=pl.String)
    text = pl.when(raw(name) != "").then(raw(name))
    if name == "track" and "version" in layout.columns:
        version = raw("version")
        return pl.when(version != "").then(pl.format("{} ({})", text, version)).otherwise(text)
    return text


def _territory(layout: Layout) -> pl.Expr:
    if "territory" not in layout.columns:
        return pl.lit(UNKNOWN_TERRITORY)
    return by_value(raw("territory"), each(territory), pl.String)


# --- what follows from several cells ---


def _choices(table: Table) -> list[pl.Expr]:
    layout = table.header.layout
    rules = {"level": layout.level, "usage": layout.usage, "monetisation": layout.monetisation}
    return [_told_by(table, rule).alias(f"cells_{name}") for name, rule in rules.items()]


def _told_by(table: Table, rule: Choice) -> pl.Expr:
    return only_filled(table, rule) if rule.filled else _joined(table, rule)


def _joined(table: Table, rule: Choice) -> pl.Expr:
    cells = [stripped(place, table) for place in named_places(table, rule.columns)]
    return pl.concat_str(cells, separator=_PART_MARK) if cells else pl.lit("")


def _chosen(name: str, rule: Choice) -> pl.Expr:
    return by_value(pl.col(f"cells_{name}"), each(rule.means), pl.String)


def _derived(table: Table, stores: Stores) -> list[pl.Expr]:
    layout = table.header.layout
    store = pl.col("store") if layout.dsp is None else pl.lit(layout.dsp)
    tier = by_value(store, each(stores.tier_of), pl.String)
    return [
        store.alias("store"),
        (by_value(store, each(stores.dsp_of), pl.String) if layout.dsp is None else store).alias("dsp"),
        _level(layout.level).alias("level"),
        _usage(table).alias("usage"),
        _monetisation(table, tier).alias("monetisation"),
    ]


def _monetisation(table: Table, tier: pl.Expr) -> pl.Expr:
    layout = table.header.layout
    if layout.kinds:
        return _of_kind(table, "monetisation")
    return pl.coalesce(_chosen("monetisation", layout.monetisation), tier).fill_null("unknown")


def _usage(table: Table) -> pl.Expr:
    layout = table.header.layout
    return _of_kind(table, "usage") if layout.kinds else _chosen("usage", layout.usage).fill_null("other")


def _of_kind(table: Table, name: str) -> pl.Expr:
    meanings = enumerate(getattr(kind, name) for kind in kinds_of(table))
    return first_case([(pl.col(KIND) == number, pl.lit(meaning)) for number, meaning in meanings], pl.String)


def _level(rule: LevelRule) -> pl.Expr:
    level = _chosen("level", rule).fill_null("track")
    if rule.release_without is None:
        return level
    return pl.when(raw(rule.release_without) == "").then(pl.lit("release")).otherwise(level)


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
        (fitting(rule, pl.col(place).fill_null("").str.strip_chars()), pl.lit(rule.reason))
        for rule in table.header.layout.skip
        for place in named_places(table, (rule.column,))
    ]
    whole = [rule.reason for rule in table.header.layout.skip if rule.file and _named(table, rule.file)]
    return pl.lit(whole[0]) if whole else first_case(cases, pl.String)


def _named(table: Table, expression: str) -> bool:
    return any(re.search(expression, name) for name in table.names)


def _reason(table: Table, plan: Plan) -> pl.Expr:
    """The first thing that is wrong with a line, from its form to its values."""
    form = [
        *_behind_stop(table, plan),
        *_bad_lines(plan, "broken_quotes"),
        (pl.col("blank"), pl.lit("blank_line")),
        (pl.col("skip").is_not_null(), pl.col("skip")),
        *_bad_lines(plan, "too_few_cells"),
        (pl.col(SURPLUS).fill_null("") != "", pl.lit("too_many_cells")),
        *([(nothing_of_kind(), pl.lit("nothing_of_kind"))] if table.header.layout.kinds else []),
    ]
    values = [(wrong, pl.lit(reason)) for wrong, reason in _faults(table)]
    return first_case([*form, *values], pl.String)


def _behind_stop(table: Table, plan: Plan) -> list[tuple[pl.Expr, pl.Expr]]:
    rule = table.header.layout.stop
    return [(pl.col(ROW) >= plan.stop, pl.lit(rule.reason))] if rule and plan.stop is not None else []


def _bad_lines(plan: Plan, reason: str) -> list[tuple[pl.Expr, pl.Expr]]:
    lines = plan.bad_lines.get(reason)
    return [(pl.col("source_row").is_in(list(lines)), pl.lit(reason))] if lines else []


def _faults(table: Table) -> list[tuple[pl.Expr, str]]:
    layout = table.header.layout
    return [
        (raw("net") == "", "missing_net"),
        (pl.col("net").is_null(), "bad_net"),
        *_unreadable(layout, "gross", "bad_gross"),
        *_unreadable(layout, "quantity", "bad_quantity"),
        *_period_faults(table),
        *([_unread("statement_period", "bad_statement_period")] if has(table, "statement_period") else []),
        *([(raw("currency") == "", "missing_currency")] if has(table, "currency") else []),
        (pl.col("currency").is_null(), "bad_currency"),
    ]


def _period_faults(table: Table) -> list[tuple[pl.Expr, str]]:
    if not has(table, "period") or table.header.layout.dates.stated:
        blank = raw("period") == "" if has(table, "period") else pl.lit(True)
        return [(pl.col("period").is_null() & blank, "missing_period"), (pl.col("period").is_null(), "bad_period")]
    return [(raw("period") == "", "missing_period"), (pl.col("period").is_null(), "bad_period")]


def _unreadable(layout: Layout, name: str, reason: str) -> list[tuple[pl.Expr, str]]:
    return [_unread(name, reason)] if name in layout.fields else []


def _unread(name: str, reason: str) -> tuple[pl.Expr, str]:
    return pl.col(name).is_null() & (raw(name) != ""), reason
