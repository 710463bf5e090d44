from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glider.cleaning.input.workbook_program import cell_text
from glider.cleaning.values.amounts import (
    DecimalMark,
    Evidence,
    decide,
    evidence,
    has_two_readings,
    parse_amounts,
    parse_quantities,
    within,
)
from glider.layouts.layout import Convention

PLACES = Decimal("1e-18")
POINT = {
    "1.5": "1.5",
    "3.2E-05": "0.000032",
    "3.27362068463E-05": "0.0000327362068463",
    ".021330": "0.02133",
    "-.5": "-0.5",
    "+1": "1",
    "1.": "1",
    "1,200.50": "1200.5",
    "1,234,567.89": "1234567.89",
    "1,234": "1234",
    "(12.00)": "-12",
    "($1,200.50)": "-1200.5",
    "12-": "-12",
    "$1,200.50": "1200.5",
    "-$5": "-5",
    "$-5": "-5",
    "US$ 1,234.56": "1234.56",
    "R$ 7.25": "7.25",
    "5 EUR": "5",
    "EUR 5": "5",
    "1\u00a0200.50": "1200.5",
    "1'234.50": "1234.5",
    "\u22123": "-3",
    " 2.0": "2",
    "0.000000000000000001": "0.000000000000000001",
    "12345678901234567890.123456789012345678": "12345678901234567890.123456789012345678",
}
COMMA = {
    "1.234,56": "1234.56",
    "0,412": "0.412",
    "0,000407547753": "0.000407547753",
    "1,234": "1.234",
    "(5)": "-5",
    "-,5": "-0.5",
    "R$ 1.234,56": "1234.56",
    "1 234,5 kr.": "1234.5",
}
UNREADABLE = {
    "point": [
        "1.234,56",
        "1,23",
        "1,2345.6",
        "abc",
        "-",
        "1.2.3",
        "(5)-",
        "nan",
        "inf",
        "1e",
        "0x10",
        "--1",
        "1_000",
        "0,412",
        "-0,412",
        "012,345",
        "1,234E-05",
        "1 2",
        "0 412",
        "5 pcs",
        "USD 5 EUR",
        "Rs.500",
        "1$2",
    ],
    "comma": ["0.412", "1.234E-05", "00.412", "kr.5", "1.5", "1,200.50", ".021330", "abc", "1,2,3"],
}


@pytest.mark.parametrize(("text", "amount"), POINT.items())
def test_an_amount_with_a_decimal_point_is_read_exactly(text: str, amount: str) -> None:
    assert parse_amounts(pl.Series([text]), "point").to_list() == [Decimal(amount)]


@pytest.mark.parametrize(("text", "amount"), COMMA.items())
def test_an_amount_with_a_decimal_comma_is_read_exactly(text: str, amount: str) -> None:
    assert parse_amounts(pl.Series([text]), "comma").to_list() == [Decimal(amount)]


@pytest.mark.parametrize(("sign", "text"), [(sign, text) for sign, texts in UNREADABLE.items() for text in texts])
def test_what_is_no_amount_in_the_notation_of_the_column_is_null(sign: DecimalMark, text: str) -> None:
    assert parse_amounts(pl.Series([text]), sign).to_list() == [None]


@given(st.lists(st.decimals(min_value=-(10**15), max_value=10**15, places=12), max_size=50))
def test_every_amount_is_read_as_it_was_written(amounts: list[Decimal]) -> None:
    written = pl.Series([format(amount, "f") for amount in amounts], dtype=pl.String)
    assert parse_amounts(written, "point").to_list() == amounts
    commas = written.str.replace(".", ",", literal=True)
    assert parse_amounts(commas, "comma").to_list() == amounts


@pytest.mark.parametrize(
    ("text", "count"),
    [("12", 12), ("-1", -1), ("1,200", 1200), ("12.0", 12), ("1E3", 1000), ("1.5", None), ("x", None), ("", None)],
)
def test_a_quantity_is_a_whole_number(text: str, count: int | None) -> None:
    assert parse_quantities(pl.Series([text]), "point").to_list() == [count]


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        (["0.5", "1.25"], Evidence(point=2, comma=0, either=0)),
        (["0,5", "1.234,56"], Evidence(point=0, comma=2, either=0)),
        (["1.234", "1,234"], Evidence(point=0, comma=0, either=2)),
        (["5", "", "x"], Evidence(point=0, comma=0, either=0)),
        (["0,412", "0.412", "-0,001"], Evidence(point=1, comma=2, either=0)),  # no thousands after a 0
        (["1,23", "1234,5", "1234.567", "1.2345"], Evidence(point=2, comma=2, either=0)),
        (["1,234,567", "1.234.567", "1.234E-05"], Evidence(point=2, comma=1, either=0)),
        (["\u20ac 1,234", "(1.234)"], Evidence(point=0, comma=0, either=2)),
    ],
)
def test_evidence_counts_what_each_cell_can_mean(cells: list[str], seen: Evidence) -> None:
    assert evidence(pl.Series(cells)) == seen


@pytest.mark.parametrize(
    ("cells", "convention", "sign"),
    [
        (["0,5", "1.234"], "point", "comma"),  # saved again by a spreadsheet of another country
        (["0.5", "1,234"], "auto", "point"),
        (["1.234", "5"], "auto", None),
        (["1,234", "5"], "auto", None),
        (["1,234", "5"], "point", "point"),
        (["1.234", "5"], "comma", "comma"),
        (["5", "7"], "auto", "point"),
        (["0.5", "0,5"], "auto", None),
        (["0,412", "0,020"], "point", "comma"),
        (["0.5", "0.25", "0,412"], "auto", "point"),
        (["0.5", "0.25", "0,412", "1,234"], "auto", None),
        (["0.5", "0.25", "0,412", "1,234"], "point", "point"),
        (["0.5", "0.25", "0,412", "1,234"], "comma", None),
        (["0.5", "0,5", "1,234"], "point", None),
    ],
)
def test_the_decimal_mark_is_decided_by_the_whole_column(
    cells: list[str], convention: Convention, sign: DecimalMark | None
) -> None:
    assert decide(evidence(pl.Series(cells)), convention) == sign


def test_a_number_beyond_any_sale_is_left_out_so_that_sums_cannot_run_over() -> None:
    amounts = pl.Series(["99999999999.9", "-100000000000", "100000000000.01", "99999999999999999999", "x"])
    kept = within(parse_amounts(amounts, "point"), 10**11)
    assert kept.to_list() == [Decimal("99999999999.9"), Decimal(-(10**11)), None, None, None]
    counts = pl.Series(["10000000000", "10000000001", "-9223372036854775808", ""])
    assert within(parse_quantities(counts, "point"), 10**10).to_list() == [10**10, None, None, None]


# --- cells of a sheet: numbers beside texts ---


def test_a_number_of_a_sheet_shows_nothing_about_the_texts_beside_it() -> None:
    cells = pl.Series(["0,3162", "1.234", "0.153", "1.2340", "1.5e-05"])
    assert evidence(cells, sheet=True) == Evidence(point=0, comma=1, either=1, numbers=3)
    assert parse_amounts(cells, "comma", sheet=True).to_list() == list(
        map(Decimal, ["0.3162", "1234", "0.153", "1.234", "0.000015"])
    )
    assert parse_amounts(cells, "comma").to_list()[2:] == [None, None, None]


@pytest.mark.parametrize(
    ("cells", "convention", "sign"),
    [
        (["0.5", "12.25"], "auto", "point"),
        (["0.5", "1,234"], "auto", None),  # the text may be either
        (["0.5", "1,234.50", "1,234"], "auto", "point"),
        (["0.5", "0,5"], "point", "comma"),
    ],
)
def test_texts_of_a_sheet_are_decided_by_texts(
    cells: list[str], convention: Convention, sign: DecimalMark | None
) -> None:
    assert decide(evidence(pl.Series(cells), sheet=True), convention) == sign


# --- any column: never a wrong number ---

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6) | st.sampled_from(
    [Decimal(text) for text in ("0.412", "1.234", "1234", "12.345", "-0.001", "1234567", "0.5", "999.999", "1000")]
)
STYLES = ("plain", "grouped", "spaced", "padded", "bracketed", "symbol", "trailing", "exponent")


def written(amount: Decimal, mark: DecimalMark, style: str) -> str:
    """`amount` as a person or program with this decimal mark writes it."""
    plain = format(abs(amount.normalize()), "f")
    grouped = format(abs(amount.normalize()), ",f")
    text = {
        "grouped": grouped,
        "spaced": grouped.replace(",", " "),
        "padded": plain + ("0" if "." in plain else ".00"),
        "exponent": format(abs(amount), "E"),
        "symbol": f"$ {grouped}",
    }.get(style, plain)
    text = text.translate(str.maketrans(".,", ",.")) if mark == "comma" else text
    if amount >= 0:
        return text
    return {"bracketed": f"({text})", "trailing": f"{text}-"}.get(style, f"-{text}")


CELLS = st.lists(st.tuples(AMOUNTS, st.sampled_from(STYLES)), min_size=1, max_size=8)
MARKS: st.SearchStrategy[DecimalMark] = st.sampled_from(["point", "comma"])


def read(cells: pl.Series, convention: Convention, *, sheet: bool = False) -> list[Decimal | None]:
    """The amounts of a column, all None where its decimal mark stays open."""
    mark = decide(evidence(cells, sheet=sheet), convention)
    return [None] * len(cells) if mark is None else parse_amounts(cells, mark, sheet=sheet).to_list()


@given(CELLS, MARKS)
def test_a_column_with_one_mark_is_never_read_with_the_other(
    amounts: list[tuple[Decimal, str]], mark: DecimalMark
) -> None:
    cells = pl.Series([written(amount, mark, style) for amount, style in amounts])
    found = read(cells, "auto")
    assert all(value in (None, amount) for value, (amount, _) in zip(found, amounts, strict=True))
    assert read(cells, mark) == [amount for amount, _ in amounts]
    shown = evidence(cells)
    if shown.point or shown.comma or not shown.either:
        assert found == [amount for amount, _ in amounts]


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(STYLES), MARKS), min_size=1, max_size=8), MARKS | st.just("auto"))
def test_cells_with_one_reading_are_right_or_rejected_in_any_mixture(
    amounts: list[tuple[Decimal, str, DecimalMark]], convention: Convention
) -> None:
    texts = [(written(amount, mark, style), amount) for amount, style, mark in amounts]
    sure = [(text, amount) for text, amount in texts if not has_two_readings(pl.Series([text])).item()]
    found = read(pl.Series([text for text, _ in sure], dtype=pl.String), convention)
    assert all(value in (None, amount) for value, (_, amount) in zip(found, sure, strict=True))


@given(CELLS, MARKS, st.lists(st.floats(-(10**6), 10**6) | st.sampled_from([1.234, 0.412, -12.345, 1e-05]), max_size=8))
def test_numbers_and_texts_of_a_sheet_are_never_read_wrong(
    amounts: list[tuple[Decimal, str]], mark: DecimalMark, numbers: list[float]
) -> None:
    texts = [(written(amount, mark, style), amount) for amount, style in amounts]
    texts += [(cell_text(number), Decimal(repr(number))) for number in numbers if abs(number) > 1e-6]
    found = read(pl.Series([text for text, _ in texts]), "auto", sheet=True)
    assert all(value in (None, amount.quantize(PLACES)) for value, (_, amount) in zip(found, texts, strict=True))
