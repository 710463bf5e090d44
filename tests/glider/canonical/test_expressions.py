from __future__ import annotations

import polars as pl

from glider.canonical.expressions import first_case


def test_the_first_case_that_holds_counts_and_none_gives_null() -> None:
    number = pl.col("number")
    size = first_case([(number > 100, pl.lit("large")), (number > 10, pl.lit("medium"))], pl.String)
    frame = pl.DataFrame({"number": [1000, 50, 5, None]}).select(size.alias("size"))
    assert frame["size"].to_list() == ["large", "medium", None, None]


def test_no_case_at_all_gives_nulls_of_the_kind() -> None:
    frame = pl.DataFrame({"number": [1, 2]}).with_columns(first_case([], pl.Date).alias("day"))
    assert frame.schema == {"number": pl.Int64, "day": pl.Date}
    assert frame["day"].to_list() == [None, None]
