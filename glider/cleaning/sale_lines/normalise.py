"""Normalises the rows of a table of any layout to canonical sale lines, in one streaming pass.

Every row that is no sale line gets its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from glider.canonical.expressions import first_case
from glider.canonical.interning import Look, Lookups, by_value, each, interned, nothing
from glider.canonical.schema import AMOUNT, CLEANED, REASON, UNKNOWN_TERRITORY
from glider.cleaning.recognition.csv_table import Table
from glider.cleaning.recognition.read_plan import ReadPlan
from glider.cleaning.sale_lines.cells import (
    RAW,
    TEXT,
    TEXT_ROW,
    first_filled,
    raw,
    source_part,
    stripped,
    text,
    text_row,
    tidied,
)
from glider.cleaning.sale_lines.currency import Stated, is_open, line_currency, without_other_currencies
from glider.cleaning.sale_lines.derived import KIND, decimal_mark_of, only_filled, with_derived
from glider.cleaning.sale_lines.faults import PassFindings, faults_of, reasons
from glider.cleaning.sale_lines.months import month_columns
from glider.cleaning.values.amounts import (
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    DecimalMark,
    Reading,
    parse_quantities,
    read_amounts,
    symbols_in,
    within,
)
from glider.cleaning.values.identifiers import are_rounded, parse_isrcs, parse_upcs
from glider.cleaning.values.territories import territory
from glider.layouts.choices import Choice, LevelRule
from glider.layouts.layout import Layout
from glider.layouts.rules import NUMBERS
from glider.layouts.stores import Stores

TEXTS: Final = ("artist", "release", "track", "catalogue_number", "label")
_CELL_END: Final = "\x1f"  # between cells that are searched together, so that no text is found across two of them


@dataclass(frozen=True)
class Names:
    """What names in cells mean: the table of stores, and the code of a territory as it is written."""

    stores: Stores
    territory: Callable[[str], str] = territory


def normalised_lines(table: Table, plan: ReadPlan, names: Names, findings: PassFindings) -> pl.LazyFrame:
    """Return the columns `CLEANED` and `reason` (null: accepted) of every row of `table`, in the order of the file.

    Texts are interned. `findings` is filled as the frame is collected.
    """
    layout = table.header.layout
    texts, values = tidied(table), Lookups("values")
    cells = [texts.add(place).alias(TEXT + place) for place in table.columns.texts]
    row = text_row(table, spans_lines=plan.spans_lines).alias(TEXT_ROW)
    frame = texts.onto(table.scan(plan.path)).with_columns(row)
    frame = frame.with_columns(table.numbers_in_file(pl.col(TEXT_ROW)).alias("source_row"), *cells)
    frame = frame.with_columns(*_cells(table), *_choices(table))
    frame = with_derived(frame, table, plan, _level(layout.level, by_value))
    frame = frame.with_columns(interned(raw(name)).alias(RAW + name) for name in _late_texts(layout))
    made = [*_values(table, plan, names, findings, values.add), *_derived(table, names.stores, values.add)]
    faults = faults_of(table, plan, values.add)
    # Every look-up has been added by now: `onto` makes all of them in one call into Python per batch.
    frame = values.onto(frame).with_columns(made)
    frame = frame.with_columns(reasons(table, plan, faults, findings).alias(REASON))
    return frame.with_columns(source_part(table).alias("source_part"), *_by_level(layout, table)).select(
        *(pl.col(name) if kind == pl.String else pl.col(name).cast(kind) for name, kind in CLEANED.items()), REASON
    )


# --- cells as written ---


def _late_texts(layout: Layout) -> list[str]:
    """The fields whose texts are made of several cells, and are interned only then."""
    return sorted({*layout.joined, *layout.by_level} - set(NUMBERS))


def _cells(table: Table) -> list[pl.Expr]:
    """Each field as written, without spaces around it; of several columns, the first cell that is not blank."""
    return [_cell(table, name).alias(RAW + name) for name in table.header.layout.columns]


def _cell(table: Table, name: str) -> pl.Expr:
    if name in NUMBERS:
        return first_filled([stripped(place, table) for place in table.columns.of_field(name)])
    return first_filled([text(place) for place in table.columns.of_field(name)], interned(""))


# --- cells to values ---


def _values(table: Table, plan: ReadPlan, names: Names, findings: PassFindings, look: Look) -> list[pl.Expr]:
    layout = table.header.layout
    return [
        _amount(table, plan, "net", findings),
        _amount(table, plan, "gross", findings),
        _quantity(table, plan).alias("quantity"),
        *month_columns(table, plan, findings.dates, look),
        line_currency(table, plan, look).alias("currency"),
        _isrc(table, look).alias("isrc"),
        _upc(layout, look, findings).alias("upc"),
        *(_text(layout, name).alias(name) for name in TEXTS),
        _territory(layout, names, look).alias("territory"),
    ]


def _mark(table: Table, plan: ReadPlan, name: str) -> DecimalMark:
    # Derived numbers are written with a point, whatever the file's own mark is.
    return "point" if name in table.header.layout.derived else decimal_mark_of(table, plan, name)


def _amount(table: Table, plan: ReadPlan, name: str, findings: PassFindings) -> pl.Expr:
    if name not in table.header.layout.fields:
        return pl.lit(None, dtype=AMOUNT).alias(name)
    mark, sheet = _mark(table, plan, name), table.sheet and name not in table.header.layout.derived
    stated = _stated_currency(table, plan, name)

    def parsed(batch: Sequence[pl.Series]) -> pl.Series:
        reading = read_amounts(batch[0], mark, sheet=sheet)
        if reading.is_open:
            findings.open_marks.add(name)
        findings.symbols.update(_symbols(reading, batch[0]) if is_open(table) else ())
        own: Stated = batch[1] if len(batch) > 1 else stated if isinstance(stated, str) else None
        return within(without_other_currencies(table, reading, batch[0], own), LARGEST_AMOUNT)

    besides = [stated] if isinstance(stated, pl.Expr) else []
    return pl.map_batches([raw(name), *besides], parsed, AMOUNT, is_elementwise=True).alias(name)


def _stated_currency(table: Table, plan: ReadPlan, name: str) -> pl.Expr | str | None:
    """What the amounts of the field `name` must not contradict: a text, an expression of each line's, or nothing."""
    if table.columns.has("currency"):
        return raw("currency")
    if not is_open(table):
        return table.metadata.currency
    return line_currency(table, plan, by_value) if plan.symbols and name != "net" else None


def _symbols(reading: Reading, cells: pl.Series) -> list[str]:
    """The different codes and symbols of currencies in the cells that were read as amounts."""
    if reading.odd is None:
        return []
    found = symbols_in(cells.filter(reading.odd & reading.amounts.is_not_null())).unique()
    return found.filter(found != "").to_list()


def _quantity(table: Table, plan: ReadPlan) -> pl.Expr:
    if "quantity" not in table.header.layout.fields:
        return pl.lit(0, dtype=pl.Int64)
    mark = _mark(table, plan, "quantity")
    return raw("quantity").map_batches(
        lambda cells: within(parse_quantities(cells, mark), LARGEST_QUANTITY), pl.Int64, is_elementwise=True
    )


def _isrc(table: Table, look: Look) -> pl.Expr:
    # Parsed column by column, not the first filled cell: some columns hold a video's id where there is no ISRC.
    found = [text(place) for place in table.columns.of_field("isrc")]
    if not found:
        return nothing()
    return pl.coalesce(look(cell, parse_isrcs, pl.String) for cell in found)


def _upc(layout: Layout, look: Look, findings: PassFindings) -> pl.Expr:
    if "upc" not in layout.columns:
        return nothing()

    def parsed(cells: pl.Series) -> pl.Series:
        codes = parse_upcs(cells)
        findings.rounded = findings.rounded or bool(are_rounded(codes).any())
        return codes

    return look(raw("upc"), parsed, pl.String)


def _text(layout: Layout, name: str) -> pl.Expr:
    if name not in layout.fields:
        return nothing()
    title = pl.when(raw(name) != "").then(raw(name))
    if name == "track" and "version" in layout.columns:
        version = raw("version")
        both = interned(pl.format("{} ({})", title.cast(pl.String), version.cast(pl.String)))
        return pl.when(version != "").then(both).otherwise(title)
    return title


def _territory(layout: Layout, names: Names, look: Look) -> pl.Expr:
    if "territory" not in layout.columns:
        return interned(UNKNOWN_TERRITORY)
    return look(raw("territory"), each(names.territory), pl.String)


# --- values that several cells decide ---


def _choices(table: Table) -> list[pl.Expr]:
    layout = table.header.layout
    rules = {"level": layout.level, "usage": layout.usage, "monetisation": layout.monetisation}
    return [_deciding(table, rule).alias(f"cells_{name}") for name, rule in rules.items()]


def _deciding(table: Table, rule: Choice) -> pl.Expr:
    """The text that `rule` decides by: the name of its only filled column, or its cells."""
    return interned(only_filled(table, rule)) if rule.filled else _cells_together(table, rule)


def _cells_together(table: Table, rule: Choice) -> pl.Expr:
    cells = [text(place) for place in table.columns.named(*rule.columns)]
    if len(cells) < 2:
        return cells[0] if cells else interned("")
    return interned(pl.concat_str([cell.cast(pl.String) for cell in cells], separator=_CELL_END))


def _chosen(name: str, rule: Choice, look: Look) -> pl.Expr:
    return look(pl.col(f"cells_{name}"), each(rule.means), pl.String)


def _derived(table: Table, stores: Stores, look: Look) -> list[pl.Expr]:
    layout = table.header.layout
    usage = _usage(table, look)
    store, dsp, tier = _sold_by(layout, stores, usage, look)
    return [
        store.alias("store"),
        dsp.alias("dsp"),
        _level(layout.level, look).alias("level"),
        usage.alias("usage"),
        _monetisation(table, tier, look).alias("monetisation"),
    ]


def _sold_by(layout: Layout, stores: Stores, usage: pl.Expr, look: Look) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """The store as written, the DSP it belongs to, and the monetisation that its name implies."""
    if layout.dsp is not None:
        tier = pl.lit(stores.tier_of(layout.dsp), dtype=pl.String)
        return interned(layout.dsp), interned(layout.dsp), interned(tier)
    if "store" not in layout.fields:
        return nothing(), nothing(), nothing()
    known, tier = (look(raw("store"), each(find), pl.String) for find in (stores.known_dsp_of, stores.tier_of))
    return _text(layout, "store"), _dsp(layout, known, usage), tier


def _dsp(layout: Layout, known: pl.Expr, usage: pl.Expr) -> pl.Expr:
    """The service: `known`, or else the store itself, unless it bought records: a record shop is no service."""
    if layout.usage.default == "physical":
        return known
    any_store = pl.coalesce(known, raw("store"))
    if "physical" not in layout.usage.meanings():
        return any_store
    return pl.when(usage == "physical").then(known).otherwise(any_store)


def _monetisation(table: Table, tier: pl.Expr, look: Look) -> pl.Expr:
    layout = table.header.layout
    if layout.kinds:
        return _of_kind(table, "monetisation")
    return pl.coalesce(_chosen("monetisation", layout.monetisation, look), tier).fill_null("unknown")


def _usage(table: Table, look: Look) -> pl.Expr:
    layout = table.header.layout
    return _of_kind(table, "usage") if layout.kinds else _chosen("usage", layout.usage, look).fill_null("other")


def _of_kind(table: Table, name: str) -> pl.Expr:
    meanings = enumerate(getattr(kind, name) for kind in table.columns.kinds)
    return interned(first_case([(pl.col(KIND) == number, pl.lit(meaning)) for number, meaning in meanings], pl.String))


def _level(rule: LevelRule, look: Look) -> pl.Expr:
    level = _chosen("level", rule, look).fill_null("track")
    if rule.release_without is None:
        return level
    return pl.when(raw(rule.release_without) == "").then(interned("release")).otherwise(level)


def _by_level(layout: Layout, table: Table) -> list[pl.Expr]:
    """The columns that depend on the level, and defaults: a blank DSP is null, a missing quantity 0."""
    # A line of a release has no track; where one column has both titles, a line of a track has no release.
    of_release = pl.col("level") == "release"
    shared = table.columns.of_field("track") == table.columns.of_field("release")
    track = pl.when(~of_release).then(pl.col("track")).alias("track")
    release = pl.when(of_release).then(pl.col("release")).alias("release") if shared else pl.col("release")
    dsp = pl.when(pl.col("dsp") != "").then(pl.col("dsp")).alias("dsp")
    return [track, release, dsp, pl.col("quantity").fill_null(0)]
