"""Where the fields of a layout are in a table: by header name, in the layout's order, and only what the table has."""

from __future__ import annotations

from glider.cleaning.recognition.column_map import ColumnMap
from glider.layouts.layout import Layout
from glider.layouts.registry import read_layout
from glider.layouts.rules import header_key

LAYOUT = """
name = "map"
title = "A layout with columns of every kind"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Song", "Paid", "Fee"] }
currency = { fixed = "EUR" }
columns = { period = ["Month", "Day"], track = "Song", net = ["Paid", "Due"], quantity = "Units" }
joined = { statement_period = ["Year", "Month No"] }
sums = { gross = { plus = ["Paid", "Fee"] } }
usage = { columns = "Type", values = { a = "stream" } }
level = { columns = ["Song ID", "Album ID"], filled = true, values = { "Album ID" = "release" } }
"""
STREAMS_AND_SALES = """
name = "kinds"
title = "Streams and downloads side by side"
source = "made for this test"
evidence = "V"
header = { fingerprint = ["Month", "Streams"] }
currency = { fixed = "EUR" }
columns = { period = "Month" }
kinds = [
    { usage = "stream", columns = { quantity = "Streams", net = "Stream Net" } },
    { usage = "download", columns = { quantity = "Downloads", net = "Download Net" } },
]
"""


def column_map(layout: Layout, *names: str) -> ColumnMap:
    return ColumnMap(layout, {header_key(name): place for place, name in enumerate(names)})


def mapped(*names: str) -> ColumnMap:
    return column_map(read_layout(LAYOUT, "map.toml"), *names)


def test_columns_are_found_by_name_in_any_spelling_and_in_the_order_asked_for() -> None:
    assert mapped("Song", "Paid", "Fee").named("FEE", "nothing", "song") == ["c2", "c0"]


def test_a_field_has_its_columns_in_the_order_of_the_layout_not_of_the_table() -> None:
    assert mapped("Due", "Song", "Paid").of_field("net") == ["c2", "c0"]
    assert mapped("Due", "Song").of_field("net") == ["c0"]
    assert mapped("Due", "Song").of_field("isrc") == []


def test_a_table_has_the_fields_whose_columns_it_has_and_those_joined_from_several() -> None:
    columns = mapped("Song", "Paid")
    assert {name: columns.has(name) for name in ("track", "period", "statement_period", "isrc")} == {
        "track": True,
        "period": False,
        "statement_period": True,
        "isrc": False,
    }


def test_columns_of_text_are_those_of_fields_and_choices_but_no_numbers() -> None:
    assert mapped("Paid", "Type", "Song", "Units", "Day", "Month").texts == ("c5", "c4", "c2", "c1")


def test_columns_whose_name_counts_and_not_their_cell_are_no_texts() -> None:
    assert mapped("Song", "Song ID", "Album ID").texts == ("c0",)


def test_columns_of_amounts_are_the_preferred_one_of_a_field_and_those_that_are_added_up() -> None:
    assert mapped("Fee", "Due", "Units", "Paid").amounts == ("c3", "c0")
    assert mapped("Fee", "Due", "Units").amounts == ("c1", "c0")


def test_a_kind_of_sale_counts_only_with_all_of_its_columns() -> None:
    layout = read_layout(STREAMS_AND_SALES, "kinds.toml")
    both = column_map(layout, "Month", "Streams", "Stream Net", "Downloads", "Download Net")
    assert [kind.usage for kind in both.kinds] == ["stream", "download"]
    assert both.amounts == ("c2", "c4")
    one = column_map(layout, "Month", "Streams", "Stream Net", "Downloads")
    assert [kind.usage for kind in one.kinds] == ["stream"]
