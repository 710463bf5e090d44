"""Territories as files write them: codes of two and three letters, names in the languages that accounts are in."""

from __future__ import annotations

import pytest

from glider.cleaning.values.territories import territories, territory


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("GBR", "GB"),
        ("UK", "GB"),
        ("United States", "US"),
        ("Jepang", "JP"),
        ("Allemagne", "DE"),
        ("Österreich", "AT"),
        ("Estados Unidos", "US"),
        ("Stany Zjednoczone", "US"),
        ("Россия", "RU"),
        ("日本", "JP"),
        ("Co\u0302te d\u2019Ivoire", "CI"),
        ("Korea, Republic of", "KR"),
        ("Hong Kong SAR", "HK"),
        ("Worldwide", "XW"),
        ("OU", "ZZ"),
        ("Rest of the world, somewhere", "ZZ"),
        ("", "ZZ"),
    ],
)
def test_a_territory_is_known_by_code_and_by_name(text: str, code: str) -> None:
    assert territory(text) == code


def test_every_name_has_a_code_of_two_letters() -> None:
    assert {len(code) for code in territories().values()} == {2}
    assert "" not in territories()
