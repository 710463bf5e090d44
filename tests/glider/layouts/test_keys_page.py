from __future__ import annotations

import pytest

from glider.layouts.periods import NOTATIONS
from tests.glider.layouts.keys_page import PAGE, page, read_as


def test_the_page_about_keys_of_a_layout_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/layout-keys.md is out of date: run `make docs`"


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_example_of_a_notation_is_read_by_it(notation: str) -> None:
    assert read_as(notation) == "2025-07"
