"""Every case of this folder, from the file that is created to the totals: it comes out right, or is listed as open."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from accounts.services import create_organisation
from tests.cases.cases import FOLDER, Case, differences, every_case, open_cases, outcome_of

CASES = every_case()
OPEN = open_cases()


@pytest.fixture
def organisation(db: None) -> Organisation:
    """A label that keeps its books in euros: the rate of 1 is the one that every case is given."""
    return create_organisation(name="Label A", currency="EUR")[0]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_comes_out_right_or_is_listed_as_open(case: Case, organisation: Organisation) -> None:
    found = outcome_of(case, organisation)
    ends = [differences(found, end) for end in (case.expected, case.or_else) if end]
    if case.name in OPEN:
        assert all(ends), f"{case.name} comes out right: take it out of open.toml"
    else:
        assert not all(ends), ends


def test_open_cases_exist() -> None:
    assert set(OPEN) <= {case.name for case in CASES}


def test_every_input_belongs_to_a_case() -> None:
    named = {name for case in CASES for name in (case.file, case.send_first) if name}
    inputs = {path.name for path in FOLDER.glob("*.*") if path.suffix in (".csv", ".tsv", ".xlsx")}
    assert inputs == named
