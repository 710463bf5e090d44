"""What a person answers where a file does not decide: PATCH takes it, the next import heeds it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import ANSWERS, MESSAGE, NO_ANSWERS, Answers, CleaningMessage
from layouts.models import LayoutSwitch
from oas.kernel.documents import documents, file_id
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.glider.driving import DISTROKID_2025
from tests.layouts.own_layouts import OWN, own_layout
from tests.salesfiles.glider_stand_in import cleaning_file, failed_file, job_of, new_file
from tests.totals.driving import answer, run_job

ALL: dict[str, Any] = {"layout": "believe", "decimal_mark": ",", "day_first": True, "encoding": "cp1251"}
NONE = dict.fromkeys(ALL)
TWO_LAYOUTS = b"Sold on,What,To us\n2026-02-01,Song,1.5\n"
# In cp1254 a Turkish name; the same bytes in cp1252 begin like an Icelandic one.
LINE = "2026-03-25,2026-03-25,2026-02,Spotify,Şebnem,Intro,QZAAA2600001,,10,100,Song,US,0,0.4125,"
SEBNEM = f"{DISTROKID_2025}\r\n{LINE}\r\n"


def patch(api: APIClient, file: SalesFile, **answers: Any) -> Any:
    return api.patch(f"/api/files/salesfiles/{file.pk}/", answers)


def shown(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ALL}


def reimported(api: APIClient, file: SalesFile) -> SalesFile:
    assert api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "reimport"}).status_code == 202
    return ended(file)


def ended(file: SalesFile) -> SalesFile:
    file.refresh_from_db()
    while file.status in ("CLEANING", "PROCESSING"):
        run_job(file)
    finalise(file.pk)
    file.refresh_from_db()
    return file


@pytest.mark.parametrize("make", [new_file, failed_file])
def test_answers_are_taken_before_cleaning_and_after_a_failure(
    alice_api: APIClient, organisation: Organisation, make: Any
) -> None:
    file = make(organisation)
    assert shown(alice_api.get(f"/api/files/salesfiles/{file.pk}/").json()) == NONE
    changed = patch(alice_api, file, **ALL)
    assert (changed.status_code, shown(changed.json())) == (200, ALL)
    assert shown(patch(alice_api, file, reporting_period="2026-02").json()) == ALL
    assert shown(patch(alice_api, file, **NONE).json()) == NONE


def test_while_it_is_cleaned_a_file_takes_no_answer(alice_api: APIClient, organisation: Organisation) -> None:
    refused = patch(alice_api, cleaning_file(organisation), **ALL)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("layout", "no_such_layout", "unknown_layout"),
        ("layout", "", "blank"),
        ("decimal_mark", ";", "invalid_choice"),
        ("day_first", "perhaps", "invalid"),
        ("encoding", "ebcdic", "invalid_choice"),
        ("encoding", "cp1251\0", "invalid_choice"),
    ],
)
def test_an_answer_that_cannot_be_right_is_refused_by_name(
    alice_api: APIClient, organisation: Organisation, name: str, value: Any, code: str
) -> None:
    file = new_file(organisation)
    refused = patch(alice_api, file, **(ALL | {name: value}))
    assert refused.status_code == 400
    assert [(error["attr"], error["code"]) for error in refused.json()["errors"]] == [(name, code)]
    file.refresh_from_db()
    assert file.answers == NO_ANSWERS


def test_a_layout_that_the_organisation_has_switched_off_is_no_answer(
    alice_api: APIClient, charlie_api: APIClient, organisation: Organisation, other_organisation: Organisation
) -> None:
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name="believe", enabled=False)
    assert patch(alice_api, new_file(organisation), layout="believe").status_code == 400
    assert patch(charlie_api, new_file(other_organisation), layout="believe").status_code == 200


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("Windows-1251", "cp1251"), ("GBK", "gb18030"), ("Shift-JIS", "shift_jis"), ("macintosh", "mac_roman")],
)
def test_an_encoding_may_be_spelled_in_any_usual_way(
    alice_api: APIClient, organisation: Organisation, spelling: str, name: str
) -> None:
    assert patch(alice_api, new_file(organisation), encoding=spelling).json()["encoding"] == name


def test_the_message_of_cleaning_has_the_answers_for_workers_that_know_them(organisation: Organisation) -> None:
    plain = MESSAGE.validate_python(job_of(cleaning_file(organisation)).message)
    answered = MESSAGE.validate_python(job_of(cleaning_file(organisation, **ALL)).message)
    assert isinstance(plain, CleaningMessage)
    assert isinstance(answered, CleaningMessage)
    assert (plain.version, plain.answers) == (1, NO_ANSWERS)
    assert (answered.version, answered.answers) == (ANSWERS, Answers(**ALL))


def test_a_message_from_before_answers_is_valid(organisation: Organisation) -> None:
    old = {name: value for name, value in job_of(cleaning_file(organisation)).message.items() if name != "answers"}
    message = MESSAGE.validate_python(old)
    assert isinstance(message, CleaningMessage)
    assert message.answers == NO_ANSWERS


def test_the_first_information_has_the_answers(organisation: Organisation) -> None:
    file = cleaning_file(organisation, **ALL)
    found = documents().get("files", file_id(organisation.pk, file.mongo_db_id))
    assert found
    assert shown(found) == ALL


# --- a layout ---


def test_the_layout_that_a_person_names_is_the_one_that_the_file_is_read_by(
    alice_api: APIClient, organisation: Organisation
) -> None:
    own_layout()
    own_layout(OWN.replace("our_shop", "their_shop").replace('fixed = "EUR"', 'fixed = "USD"'))
    file = ended(cleaning_file(organisation, content=TWO_LAYOUTS, exchange_rate=Decimal(1)))
    assert (file.status, file.status_cause) == ("FAILED", "ambiguous_layout")
    assert patch(alice_api, file, layout="their_shop").status_code == 200
    file = reimported(alice_api, file)
    assert (file.status, file.source_format, file.currency) == ("FINALIZED", "their_shop", "USD")
    assert (file.total_local, Decimal(answer(organisation)["total_gross_exact"])) == (Decimal("1.5"), Decimal("1.5"))


def test_a_file_that_does_not_fit_the_layout_that_a_person_names_is_read_by_no_other(
    alice_api: APIClient, organisation: Organisation
) -> None:
    own_layout()
    file = ended(cleaning_file(organisation, content=TWO_LAYOUTS, exchange_rate=Decimal(1), layout="believe"))
    assert (file.status, file.status_cause) == ("FAILED", "unknown_layout")
    assert "does not fit the layout believe" in file.error_message
    assert patch(alice_api, file, layout=None).status_code == 200
    assert reimported(alice_api, file).status == "FINALIZED"


# --- an encoding ---


def test_a_person_picks_the_encoding_by_looking_at_names(alice_api: APIClient, organisation: Organisation) -> None:
    file = ended(cleaning_file(organisation, content=SEBNEM.encode("cp1254"), exchange_rate=Decimal(1)))
    assert (file.status, file.status_cause) == ("FAILED", "ambiguous_encoding")
    for reading in ("cp1254: 'Şebnem'", "cp1252: 'Þebnem'"):
        assert reading in file.error_message
    assert patch(alice_api, file, encoding="cp1254").status_code == 200
    file = reimported(alice_api, file)
    assert (file.status, file.total_local) == ("FINALIZED", Decimal("0.4125"))
    streamed: Any = alice_api.get(f"/api/files/salesfiles/{file.pk}/snapshot/?only=byArtist")
    lists = json.loads(b"".join(streamed.streaming_content))
    assert [row["name"] for row in lists["byArtist"]] == ["Şebnem"]
