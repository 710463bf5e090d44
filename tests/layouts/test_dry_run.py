"""The result of a dry run as an administrator sees it."""

from __future__ import annotations

from typing import Any

from layouts.dry_run import rows_table, tried_table
from layouts.models import Layout

FIGURES = {
    "rows_read": 5, "accepted": 3, "rejected": 1, "skipped": 1, "net_by_currency": {"EUR": "1.25", "USD": "-3.00"}
}  # fmt: skip


def tried(**result: Any) -> Layout:
    found = {"cause": None, "message": "", "parts": [{"layout": "our_shop"}], "figures": FIGURES, "lines": [], **result}
    return Layout(name="our_shop", version="a", tried_version="a", tried=found)


def test_a_layout_without_a_result_says_what_to_do() -> None:
    assert tried_table(Layout(name="our_shop", version="a")) == "Not tried yet: choose an example and save."


def test_the_figures_are_told_in_one_sentence() -> None:
    shown = tried_table(tried(parts=[{"layout": "our_shop"}, {"layout": "believe"}]))
    assert shown.startswith(
        "Read as our_shop, believe: 5 lines, 3 accepted, 1 rejected, 1 skipped; net 1.25 EUR, -3.00 USD.<br><table>"
    )


def test_without_an_accepted_line_the_net_is_nothing() -> None:
    shown = tried_table(tried(figures={**FIGURES, "accepted": 0, "net_by_currency": {}}))
    assert "0 accepted, 1 rejected, 1 skipped; net nothing." in shown


def test_a_failure_is_told_in_place_of_figures() -> None:
    failed = tried(cause="unknown_layout", message="No layout has these columns.", parts=[], figures=None)
    assert tried_table(failed) == "unknown_layout: No layout has these columns."


def test_a_result_of_an_earlier_text_is_called_so_whether_it_failed_or_not() -> None:
    read, failed = tried(), tried(cause="not_a_table", message="No.")
    read.version = failed.version = "b"
    assert tried_table(read).startswith("Of an earlier text; save to try again. Read as our_shop")
    assert tried_table(failed) == "Of an earlier text; save to try again. not_a_table: No."


def test_a_line_is_shown_in_a_fixed_order_with_empty_cells_where_it_has_nothing() -> None:
    line = {"net": "0.500000", "source_row": 2, "track": "Song", "isrc": None, "quantity": 0, "label": "not shown"}
    cells = "".join(f"<td>{cell}</td>" for cell in ("2", "", "", "", "", "", "Song", "", "", "0.500000"))
    assert f"<tbody><tr>{cells}</tr></tbody>" in tried_table(tried(lines=[line]))


def test_what_a_file_says_is_text_and_never_html() -> None:
    script = "<script>alert(1)</script>"
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;"
    line = {"source_row": 2, "track": script}
    assert f"<td>{escaped}</td>" in tried_table(tried(lines=[line]))
    table = rows_table([script], [[script, "a & b"]])
    assert table == (
        f"<table><thead><tr><th>{escaped}</th></tr></thead>"
        f"<tbody><tr><td>{escaped}</td><td>a &amp; b</td></tr></tbody></table>"
    )
    assert not hasattr(tried_table(tried(cause="not_a_table", message=script)), "__html__")  # the page escapes it
