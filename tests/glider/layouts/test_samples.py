"""Every layout's samples: recognised as that layout and no other, and added up to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glider.layouts.registry import shipped_layouts
from tests.glider.independent import Fixture, every_fixture, expected, total
from tests.glider.layouts.samples import CONTAINERS, SHAPES, applies, driven, figures_of, varied

FIXTURES = every_fixture()
NAMES = [fixture.name for fixture in FIXTURES]
VARIANTS = [
    pytest.param(fixture, variant, id=f"{fixture.name}-{variant}")
    for fixture in FIXTURES
    for variant in (*SHAPES, *CONTAINERS)
    if applies(fixture, variant)
]


@pytest.mark.parametrize("fixture", FIXTURES, ids=NAMES)
def test_the_expected_figures_are_those_of_an_independent_sum(fixture: Fixture) -> None:
    assert json.loads(fixture.expected_path.read_text(encoding="utf-8")) == expected(fixture)


@pytest.mark.parametrize("fixture", FIXTURES, ids=NAMES)
def test_a_sample_comes_to_its_expected_figures(fixture: Fixture, tmp_path: Path) -> None:
    found = driven(fixture, tmp_path)
    assert figures_of(fixture, found) == expected(fixture)
    assert [check.name for check in found.figures.checks if not check.tied] == []


@pytest.mark.parametrize("fixture", FIXTURES, ids=NAMES)
def test_a_sample_gets_the_warnings_and_checks_of_its_layout(fixture: Fixture, tmp_path: Path) -> None:
    figures = driven(fixture, tmp_path).figures
    assert [text for text in fixture.warnings if not any(text in warning for warning in figures.warnings)] == []
    assert [name for name in fixture.checks if name not in {check.name for check in figures.checks}] == []


@pytest.mark.parametrize(("fixture", "variant"), VARIANTS)
def test_a_sample_saved_in_another_way_comes_to_the_same(fixture: Fixture, variant: str, tmp_path: Path) -> None:
    assert figures_of(fixture, driven(fixture, tmp_path, varied(fixture, variant))) == expected(fixture)


def test_a_column_that_the_sample_does_not_have_cannot_be_added_up() -> None:
    with pytest.raises(KeyError):
        total({"Net": "1.5"}, ("Net", "-Fee"), ".")


def test_every_layout_has_a_sample() -> None:
    assert {layout.name for layout in shipped_layouts()} == {fixture.layout for fixture in FIXTURES}
