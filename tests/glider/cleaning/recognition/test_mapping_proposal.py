"""The mapping that is proposed for a table no layout knows, from the names of its columns."""

from __future__ import annotations

import pytest

from glider.cleaning.recognition.mapping_proposal import plain_name, propose_mapping
from glider.layouts.registry import shipped_layouts


def proposed(*lines: str) -> dict[str, str]:
    found = propose_mapping(lines, shipped_layouts())
    return found.columns if found else {}


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (
            "Sales Month,Shop,Country,Artist Name,Track Title,ISRC Code,Units,Net Revenue",
            {"period": "Sales Month", "store": "Shop", "territory": "Country", "artist": "Artist Name",
             "track": "Track Title", "isrc": "ISRC Code", "quantity": "Units", "net": "Net Revenue"},
        ),
        (
            "Verkaufsmonat;Händler;Land;Künstler;Titel;ISRC;Anzahl;Währung;Nettobetrag",
            {"period": "Verkaufsmonat", "store": "Händler", "territory": "Land", "artist": "Künstler",
             "track": "Titel", "isrc": "ISRC", "quantity": "Anzahl", "currency": "Währung", "net": "Nettobetrag"},
        ),
        (
            "mois de vente\tplateforme\tpays\tartiste\ttitre\tcode ISRC\tquantite\trevenu net",
            {"period": "mois de vente", "store": "plateforme", "territory": "pays", "artist": "artiste",
             "track": "titre", "isrc": "code ISRC", "quantity": "quantite", "net": "revenu net"},
        ),
        (
            "利用月,サービス名,アーティスト名,楽曲名,ISRC,数量,分配額",
            {"period": "利用月", "store": "サービス名", "artist": "アーティスト名", "track": "楽曲名", "isrc": "ISRC",
             "quantity": "数量", "net": "分配額"},
        ),
        (
            "Месяц продажи;Магазин;Страна;Исполнитель;Название трека;Количество;Вознаграждение",
            {"period": "Месяц продажи", "store": "Магазин", "territory": "Страна", "artist": "Исполнитель",
             "track": "Название трека", "quantity": "Количество", "net": "Вознаграждение"},
        ),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names_in_several_languages(header: str, columns: dict[str, str]) -> None:
    assert proposed(header) == columns


def test_the_header_is_found_below_lines_that_name_nothing() -> None:
    found = propose_mapping(
        ["Statement of Moon Records;;", "Paid;2026-03-01;", "Month;Artist;Song;Net amount", "2026-01;A;B;1.5"],
        shipped_layouts(),
    )
    assert found is not None
    assert (found.line, found.columns["track"]) == (2, "Song")


def test_two_columns_that_could_be_a_field_equally_well_are_left_open() -> None:
    found = propose_mapping(["Month,Artist,Track,Royalty,Payout"], shipped_layouts())
    assert found is not None
    assert "net" not in found.columns
    assert found.undecided["net"] == ("Royalty", "Payout")


def test_a_name_that_comes_twice_is_proposed_for_nothing() -> None:
    assert "track" not in proposed("Month,Artist,Net revenue,Store,Track title,Track title")


def test_the_currency_in_the_name_of_the_amounts_is_told() -> None:
    found = propose_mapping(["Month,Artist,Track,Net Revenue (CAD)"], shipped_layouts())
    assert found is not None
    assert (found.columns["net"], found.currency) == ("Net Revenue (CAD)", "CAD")


@pytest.mark.parametrize("line", ["", "a,b,c,d", "Month,Price", "Dear label;please find enclosed;yours"])
def test_a_line_without_three_known_names_is_no_header(line: str) -> None:
    assert propose_mapping([line], shipped_layouts()) is None


@pytest.mark.parametrize(
    ("cell", "name"),
    [("Net_Revenue", "net revenue"), ("  Pays ", "pays"), ("Måned", "maned"), ("Net (USD)", "net"), ("ALL", "all"),
     ("Net in EUR", "net in"), ("usd share", "usd share"), ("サービス", "サービス")],
)  # fmt: skip
def test_names_are_compared_without_case_accents_punctuation_and_currencies(cell: str, name: str) -> None:
    assert plain_name(cell) == name
