"""Territories as files write them: codes of two and three letters, names in the languages that accounts are in."""

from __future__ import annotations

import pytest

from glider.cleaning.values.territories import is_region, territories, territory


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
        ("Korea Republic of", "KR"),
        ("The Republic of Korea", "KR"),
        ("Korea, South", "KR"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("The Netherlands", "NL"),
        ("U.S.", "US"),
        ("U.S.A.", "US"),
        ("The United States of America", "US"),
        ("US Virgin Islands", "VI"),
        ("Virgin Islands (U.S.)", "VI"),
        ("Virgin Islands, British", "VG"),
        ("Republic of Ireland", "IE"),
        ("Northern Ireland", "GB"),
        ("GB-ENG", "GB"),
        ("us-ca", "US"),
        ("Vatican", "VA"),
        ("DRC", "CD"),
        ("Congo, The Democratic Republic of the", "CD"),
        ("Congo", "CG"),
        ("ROM", "RO"),
        ("AN", "CW"),
        ("276", "DE"),
        ("004", "AF"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("China Mainland", "CN"),
        ("Mainland China", "CN"),
        ("Palestinian Territory, Occupied", "PS"),
        ("Libyan Arab Jamahiriya", "LY"),
        ("Macedonia, The Former Yugoslav Republic of", "MK"),
        ("Cote D'Ivoire", "CI"),
        ("Cote d Ivoire", "CI"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        ("Guinea", "GN"),
        ("Guinea-Bissau", "GW"),
        ("Nigerian", "ZZ"),
        ("Land", "ZZ"),
        ("GB-XXX", "ZZ"),
        ("Worldwide", "XW"),
        ("Monde", "XW"),
        ("Europe", "ZZ"),
        ("Rest of world", "ZZ"),
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


@pytest.mark.parametrize(
    "name", ["Europe", "EU", "Rest of World", "The rest of the world", "Latin America", "EMEA", "Asien", "OU"]
)
def test_a_region_is_no_country(name: str) -> None:
    assert (territory(name), is_region(name)) == ("ZZ", True)


@pytest.mark.parametrize("name", ["Germany", "Worldwide", "Atlantis", "South Africa", ""])
def test_what_is_no_region(name: str) -> None:
    assert not is_region(name)
