"""Sums that cannot overflow silently: what Polars and pyarrow get wrong is noticed, or added up in another way."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glider.cleaning.input.containers import Limits
from glider.cleaning.values.amounts import LARGEST_AMOUNT, LARGEST_QUANTITY
from oas.kernel.amounts import EXACT, LARGEST_OF_ALL, LARGEST_OF_FILE, TotalsTooLarge, add_up
from oas.kernel.totals import AMOUNT, MOST_AMOUNT, exact_sum, has_exact_sums, magnitudes, overflow_as
from salesfiles.services.batching import MOST_FILES

LARGEST = Decimal("99999999999999999999.999999999999999999")
AMOUNTS = st.integers(1 - 10**38, 10**38 - 1).map(lambda units: EXACT.scaleb(Decimal(units), -18))


def grouped(*amounts: Decimal | None, quantity: int = 1) -> pl.DataFrame:
    lines = pl.DataFrame({"key": ["a"] * len(amounts), "revenue": pl.Series(amounts, dtype=AMOUNT)})
    lines = lines.with_columns(pl.lit(quantity, dtype=pl.Int64).alias("quantity"))
    return lines.group_by("key").agg(pl.col("revenue", "quantity").sum(), *magnitudes("revenue"))


def test_polars_and_pyarrow_wrap_around_which_is_why_sums_are_bounded() -> None:
    """Should this fail, they raise an error instead, or are exact: then some bounds may go."""
    amounts = [Decimal(9 * 10**19)] * 3
    wrong = grouped(*amounts)["revenue"][0]
    assert wrong is None or wrong != add_up(amounts)
    array = pa.array(amounts, pa.decimal128(38, 18))
    assert pc.sum(array).cast(pa.decimal128(38, 18), safe=False).as_py() != add_up(amounts)


@pytest.mark.parametrize(
    ("amounts", "exact"),
    [
        ([Decimal(MOST_AMOUNT - 1)], True),
        ([Decimal(MOST_AMOUNT)], False),
        ([Decimal(5 * 10**19), Decimal(-5 * 10**19)], False),
        ([Decimal(9 * 10**19)] * 3, False),
        ([None, Decimal("0.5")], True),
        ([None], True),
        ([], True),
    ],
)
def test_sums_that_may_have_wrapped_around_are_noticed(amounts: list[Decimal | None], exact: bool) -> None:
    assert has_exact_sums(grouped(*amounts)) == exact


def test_where_polars_notices_by_itself_the_error_is_named() -> None:
    with pytest.raises(TotalsTooLarge), overflow_as(TotalsTooLarge()):
        grouped(*[LARGEST] * 1000)


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(pl.exceptions.ComputeError), overflow_as(TotalsTooLarge()):
        raise pl.exceptions.ComputeError("something else")


def test_units_that_may_have_wrapped_around_are_noticed() -> None:
    assert has_exact_sums(grouped(Decimal(1), Decimal(1), quantity=4 * 10**18))
    assert not has_exact_sums(grouped(Decimal(1), Decimal(1), Decimal(1), quantity=4 * 10**18))
    assert not has_exact_sums(grouped(Decimal(1), Decimal(1), Decimal(1), quantity=-4 * 10**18))


@given(st.lists(st.one_of(AMOUNTS, st.none()), max_size=200))
def test_an_exact_sum_has_every_digit(amounts: list[Decimal | None]) -> None:
    series = pl.Series(amounts, dtype=AMOUNT)
    assert exact_sum(series) == add_up(amount for amount in amounts if amount is not None)
    assert exact_sum(series[3:]) == add_up(amount for amount in amounts[3:] if amount is not None)


def test_an_exact_sum_of_many_of_the_largest_amounts() -> None:
    count = 100_000
    for amount in (LARGEST, EXACT.minus(LARGEST)):
        many = pl.Series([amount], dtype=AMOUNT).new_from_index(0, count)
        assert exact_sum(many) == EXACT.multiply(amount, Decimal(count))


def test_the_largest_file_that_is_taken_can_be_added_up() -> None:
    """`Limits.lines` holds for all members of a file together, and for all kinds of sale of a line."""
    lines = Limits(bytes=1, ratio=1, members=1).lines
    assert lines * LARGEST_AMOUNT < MOST_AMOUNT
    assert lines * LARGEST_QUANTITY < 9 * 10**18


def test_a_batch_of_the_largest_files_can_be_added_up() -> None:
    assert MOST_FILES * LARGEST_OF_FILE < LARGEST_OF_ALL < MOST_AMOUNT
