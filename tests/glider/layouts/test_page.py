from __future__ import annotations

from tests.glider.layouts.page import PAGE, page


def test_the_page_about_layouts_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/layouts.md is out of date: run `make docs`"
