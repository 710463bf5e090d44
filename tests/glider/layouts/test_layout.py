"""What a layout knows of header names. tests/glider/cleaning/recognition has the layouts that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from glider.layouts.layout import Layout
from glider.layouts.rules import header_key


def layout(**keys: Any) -> Layout:
    return Layout.model_validate(
        {
            "name": "moonshop",
            "title": "Moonshop",
            "source": "made up",
            "evidence": "V",
            "header": {"fingerprint": ["Moon Units", "Revenue {currency}"], "aliases": {"Moon Units": ["Mondstücke"]}},
            "columns": {"quantity": "Moon Units", "net": "Revenue {currency}", "artist": "Artist"},
            **keys,
        }
    )


@pytest.mark.parametrize(
    ("cell", "name", "currency"),
    [
        ("moon_units", "moon units", None),
        (" MONDSTÜCKE ", "moon units", None),
        ("Revenue EUR", "revenue {currency}", "EUR"),
        ("Revenue US$", "revenue {currency}", "USD"),
        ("Revenue XYZ", None, None),
        ("Revenue", None, None),
        ("Label", None, None),
    ],
)
def test_a_header_cell_has_the_name_of_its_column_and_perhaps_a_currency(
    cell: str, name: str | None, currency: str | None
) -> None:
    assert (layout().name_of(header_key(cell)), layout().currency_of(header_key(cell))) == (name, currency)


def test_a_currency_in_the_name_of_a_column_is_enough_of_a_currency() -> None:
    with pytest.raises(ValueError, match="nothing says the currency"):
        layout(header={"fingerprint": ["Moon Units", "Revenue"]}, columns={"net": "Revenue"})


def test_fields_are_those_of_columns_sums_levels_and_kinds_and_derived_those_that_no_column_has() -> None:
    fingerprint = ["Moon Units", "Revenue {currency}", "Tax", "Stream Money"]
    found = layout(
        header={"fingerprint": fingerprint},
        columns={"net": "Revenue {currency}", "artist": "Artist"},
        sums={"gross": {"plus": ["Revenue {currency}", "Tax"]}},
        by_level={"upc": {"release": ["Barcode"]}},
        joined={"period": ["Year", "Month"]},
        sign=[{"column": "Type", "equals": "Return", "fields": ["quantity"]}],
    )
    assert found.fields == {"net", "artist", "gross", "upc", "period"}
    assert found.derived == {"gross", "quantity"}
