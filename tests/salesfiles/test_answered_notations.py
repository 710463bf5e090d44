"""A file whose dates or decimal mark nothing decides: FAILED, answered by PATCH, reimported, FINALIZED."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.glider.driving import BELIEVE, DISTROKID_2025
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import answer, run_job

SOLD = "Feb-26,Spotify,Nora Vale,Slow Tide,QZAAA2600001,036000291452,10,100,Song,FR,0"
DATES = f"{DISTROKID_2025}\n3/5/2026,3/5/2026,{SOLD},0.4125,\n3/5/2026,3/6/2026,{SOLD},1.1,\n"
OF_BELIEVE = "2026/05/01;2026/03/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0"
DECIMALS = f"{BELIEVE}\n{OF_BELIEVE};2;1;1,234\n{OF_BELIEVE};2;1;2,500\n"


def sent(organisation: Organisation, content: str) -> SalesFile:
    file = cleaning_file(organisation, content=content.encode(), exchange_rate=Decimal(1))
    run_job(file)
    return file


def patch(api: APIClient, file: SalesFile, **fields: Any) -> int:
    status: int = api.patch(f"/api/files/salesfiles/{file.pk}/", fields).status_code
    return status


def reimported(api: APIClient, file: SalesFile) -> dict[str, Any]:
    """The file as the API shows it after its reimport."""
    assert api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "reimport"}).status_code == 202
    file.refresh_from_db()
    while file.status in ("CLEANING", "PROCESSING"):
        run_job(file)
    finalise(file.pk)
    shown: dict[str, Any] = api.get(f"/api/files/salesfiles/{file.pk}/").json()
    return shown


def test_dates_that_fit_two_ways_fail_with_column_cell_line_and_both_readings(organisation: Organisation) -> None:
    file = sent(organisation, DATES)
    assert (file.status, file.status_cause) == ("FAILED", "ambiguous_dates")
    for part in ("'Reporting Date'", "'3/5/2026' in line 2", "2026-03-05", "2026-05-03", "day_first"):
        assert part in file.error_message
    assert answer(organisation)["rows"] == 0


@pytest.mark.parametrize(("day_first", "statement"), [(False, "2026-03"), (True, "2026-05")])
def test_dates_are_read_as_answered(
    day_first: bool, statement: str, organisation: Organisation, alice_api: APIClient
) -> None:
    file = sent(organisation, DATES)
    assert patch(alice_api, file, day_first=day_first) == 200
    shown = reimported(alice_api, file)
    assert (shown["status"], shown["day_first"], shown["accepted_rows"]) == ("FINALIZED", day_first, 2)
    assert Decimal(answer(organisation)["total_gross_exact"]) == Decimal("0.4125") + Decimal("1.1")
    job = file.jobs.get(module="importer")
    assert job.message["cleaning"]["periods"] == ["2026-02"]
    assert statement in job.message["cleaning"]["statement_periods"]


@pytest.mark.parametrize(("mark", "net"), [(",", "3.734"), (".", "3734")])
def test_amounts_are_read_as_answered(mark: str, net: str, organisation: Organisation, alice_api: APIClient) -> None:
    file = sent(organisation, DECIMALS)
    assert (file.status, file.status_cause) == ("FAILED", "ambiguous_decimals")
    assert patch(alice_api, file, decimal_mark=mark) == 200
    assert reimported(alice_api, file)["status"] == "FINALIZED"
    assert Decimal(answer(organisation)["total_gross_exact"]) == Decimal(net)


def test_an_answer_that_is_taken_back_leaves_the_file_open_again(
    organisation: Organisation, alice_api: APIClient
) -> None:
    file = sent(organisation, DATES)
    assert patch(alice_api, file, day_first=True) == 200
    assert patch(alice_api, file, day_first=None) == 200
    assert reimported(alice_api, file)["status_cause"] == "ambiguous_dates"


def test_another_organisation_cannot_answer(organisation: Organisation, charlie_api: APIClient) -> None:
    file = sent(organisation, DATES)
    assert patch(charlie_api, file, day_first=True) == 404
    assert patch(charlie_api, file, decimal_mark=".") == 404
    file.refresh_from_db()
    assert (file.day_first, file.decimal_mark, file.status) == (None, None, "FAILED")


@pytest.mark.parametrize("given", [{"day_first": "perhaps"}, {"decimal_mark": ";"}, {"decimal_mark": "comma"}])
def test_an_answer_of_another_kind_is_refused(
    given: dict[str, Any], organisation: Organisation, alice_api: APIClient
) -> None:
    file = sent(organisation, DATES)
    assert patch(alice_api, file, **given) == 400
    file.refresh_from_db()
    assert (file.day_first, file.decimal_mark) == (None, None)
