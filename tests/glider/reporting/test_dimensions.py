from __future__ import annotations

import polars as pl

from glider.reporting.dimensions import DIMS, Dimensions

LINES = pl.DataFrame(
    [
        ("Spotify", "US", "stream", "USD", 4),
        ("Deezer", "DE", "stream", "EUR", 1),
        ("Spotify", "DE", "download", "USD", 3),
        ("Deezer", "DE", "stream", "USD", 2),
        ("Spotify", "US", "stream", "USD", 5),
    ],
    schema=[*DIMS, "rows"],
    orient="row",
)


def test_a_number_stands_for_four_texts_and_has_their_order() -> None:
    dimensions = Dimensions.of(LINES.lazy())
    coded = LINES.with_columns(dimensions.code().alias("dim"))
    assert dimensions.texts(coded["dim"]).rows() == LINES.select(DIMS).rows()
    assert coded.sort("dim").select(DIMS).rows() == LINES.sort(DIMS).select(DIMS).rows()


def test_groups_are_summed_by_the_currency_of_their_number() -> None:
    dimensions = Dimensions.of(LINES.lazy())
    groups = LINES.select(dimensions.code().alias("dim"), "rows")
    assert sorted(dimensions.by_currency(groups, ("rows",)).rows()) == [("EUR", 1), ("USD", 14)]


def test_no_lines_have_no_numbers() -> None:
    none = LINES.clear()
    dimensions = Dimensions.of(none.lazy())
    assert dimensions.texts(pl.Series([], dtype=pl.UInt64)).rows() == []
