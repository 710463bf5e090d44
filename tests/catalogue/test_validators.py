from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from catalogue.validators import clean_isrc, clean_upc, countries, validate_name, validate_territory


@pytest.mark.parametrize(
    ("clean", "text", "cleaned"),
    [
        (clean_isrc, "qz-aaa-25-00001", "QZAAA2500001"),
        (clean_isrc, " ", ""),
        (clean_upc, "0 36000 29145 2", "036000291452"),
        (clean_upc, "4006381333931", "4006381333931"),
        (clean_upc, "", ""),
    ],
)
def test_an_identifier_gets_its_printed_form(clean: Callable[[str], str], text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("rule", "text", "code"),
    [
        (clean_isrc, "QZAAA25", "bad_isrc"),
        (clean_upc, "12AB", "bad_upc"),
        (clean_upc, "036000291453", "bad_check_digit"),
        (validate_territory, "ZZ", "bad_territory"),
        (validate_name, "\u200b", "blank"),
        (validate_name, "a\tb", "control_character"),
    ],
)
def test_a_bad_value_is_refused_with_its_code(rule: Callable[[str], object], text: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(text)
    assert refused.value.code == code


def test_countries_are_those_of_iso_3166() -> None:
    assert {"DE", "US", "XK"} & countries() == {"DE", "US"}
