"""What readers share: rows written as strings, and read again as the table of a layout."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from glider.cleaning.input.encoding import Text
from glider.cleaning.readers import READERS
from glider.cleaning.readers.base import RowWriter, Source, table_of_rows
from glider.layouts.registry import shipped_layouts


def test_rows_are_read_back_as_strings_in_their_order_with_blanks_where_a_frame_has_no_column(tmp_path: Path) -> None:
    with RowWriter(tmp_path / "rows", ["Artist", "Net"]) as writer:
        writer.write(pl.DataFrame({"row": [3, 4], "Net": [1, None]}))
        writer.write(pl.DataFrame({"row": [], "Net": []}, schema={"row": pl.UInt32, "Net": pl.String}))
        writer.write(pl.DataFrame({"row": [5], "Artist": ["A"], "Net": ["2.5"]}))
    layout = next(layout for layout in shipped_layouts() if layout.name == "altafonte")
    source = Source(Text(tmp_path / "text", "utf-8", 6, decomposed=False), "member.txt")
    table = table_of_rows(source, layout, ["Artist", "Net"], tmp_path / "rows")
    assert table.scan().select("row", "c0", "c1", "surplus").collect().rows() == [
        (3, "", "1", ""),
        (4, "", "", ""),
        (5, "A", "2.5", ""),
    ]
    assert (table.lines, table.first_line, table.member) == (3, 1, "member.txt")
    assert table.columns.of_field("net") == ["c1"]


def test_every_layout_with_a_reader_has_that_reader() -> None:
    assert {layout.reader for layout in shipped_layouts() if layout.reader} == set(READERS)
