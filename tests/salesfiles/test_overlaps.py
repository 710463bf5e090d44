"""Two files hold the same lines: the second waits, and is accepted, takes the place of the first, or is deleted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

import glider.contract
from accounts.models import Organisation
from jobs.choices import JobState
from jobs.models import Job
from salesfiles.errors import InvalidTransition
from salesfiles.models import Overlap, SalesFile
from salesfiles.services import overlaps
from salesfiles.services.acceptance import accept_after_review, replace_overlapping
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from salesfiles.services.purging import purge_file
from salesfiles.services.sweeping import sweep_files
from tests.glider.driving import distrokid
from tests.salesfiles.finalisations import is_right
from tests.salesfiles.glider_stand_in import cleaning_file, finish, imported, job_of
from tests.salesfiles.lost_work import make_old
from tests.totals.driving import answer, at_once, processed
from upkeep.verification.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


def month(name: str, *songs: int, net: str = "0.4125") -> list[str]:
    return [f"{name}|Spotify|Song {n}|QZAAA25{n:05}|198000000001|{n}|{net}" for n in songs]


JANUARY, FEBRUARY = month("2025-01", 1, 2, 3), month("2025-02", 1, 2)
FIRST, ALL_TIME = distrokid(*JANUARY), distrokid(*JANUARY, *FEBRUARY)


def waiting(organisation: Organisation, text: str, **fields: Any) -> SalesFile:
    return processed(cleaning_file(organisation, content=text.encode(), filename="sales.tsv", **fields))


def sent(organisation: Organisation, text: str, **fields: Any) -> SalesFile:
    file = waiting(organisation, text, **fields)
    finalise(file.pk)
    file.refresh_from_db()
    return file


def total(organisation: Organisation) -> Decimal:
    return Decimal(answer(organisation)["total_gross_exact"])


def state(file: SalesFile) -> tuple[str, str]:
    file = SalesFile.everything.get(pk=file.pk)
    return file.status, file.status_cause


WAITS, COUNTS = ("PROCESSED", "overlaps"), ("FINALIZED", "")


def test_the_second_of_two_files_waits_and_names_the_first(organisation: Organisation) -> None:
    first = sent(organisation, FIRST, reporting_period="2025-01")
    second = sent(organisation, ALL_TIME)
    assert (state(first), state(second)) == (COUNTS, WAITS)
    assert second.error_message == (
        "The file holds lines that count already: 3 of its 5 lines (60 %), 1.2375 of 2.0625 (60 %), are in "
        f"sales file {first.pk} (sales.tsv), 2025-01. "
        "Accept it if both are to count, let it take the place of the other, or delete it."
    )
    last = second.history.last()
    assert last
    assert (last.from_status, last.to_status, last.cause) == ("PROCESSED", "PROCESSED", "overlaps")
    assert is_right(organisation, FIRST)


def test_a_file_that_waits_is_not_swept_on(organisation: Organisation) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    make_old(second)
    sweep_files()
    assert state(second) == WAITS
    assert finalise(second.pk) is False


def test_an_accepted_file_counts_beside_the_other(organisation: Organisation) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    accept_after_review(file=second, actor="alice")
    assert state(second) == ("FINALIZED", "accepted_after_review")
    assert is_right(organisation, FIRST, ALL_TIME)
    assert verify(organisation).differences == []


def test_a_file_takes_the_place_of_the_one_it_overlaps_with(organisation: Organisation) -> None:
    first, second = sent(organisation, FIRST), sent(organisation, ALL_TIME)
    replace_overlapping(file=second, actor="alice")
    assert state(second) == ("FINALIZED", "replaced_others")
    last = second.history.last()
    assert last
    assert (last.actor, last.message) == ("alice", f"In place of sales file {first.pk} (sales.tsv).")
    assert not SalesFile.objects.of(organisation).filter(pk=first.pk).exists()
    assert is_right(organisation, ALL_TIME)
    assert verify(organisation).differences == []
    assert purge_file(first.pk)
    assert not Overlap.everything.exists()


def test_a_file_that_is_left_out_is_deleted(organisation: Organisation, key_api: APIClient) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    assert key_api.delete(f"/api/files/salesfiles/{second.pk}/").status_code == 204
    assert is_right(organisation, FIRST)


@pytest.mark.parametrize("action", ["accept", "replace"])
def test_the_ways_out_are_actions_of_the_api(organisation: Organisation, key_api: APIClient, action: str) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    route = f"/api/files/salesfiles/{second.pk}/"
    assert key_api.get(route).json()["actions"] == ["reimport", "accept", "replace"]
    response = key_api.post(f"{route}process/", {"action": action}, format="json")
    assert (response.status_code, response.json()["status"]) == (202, "FINALIZED")
    again = key_api.post(f"{route}process/", {"action": action}, format="json")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "invalid_transition")


def test_another_organisation_reaches_neither(
    organisation: Organisation, charlie_api: APIClient, other_organisation: Organisation
) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    for action in ("accept", "replace"):
        response = charlie_api.post(f"/api/files/salesfiles/{second.pk}/process/", {"action": action}, format="json")
        assert response.status_code == 404
    assert state(second) == WAITS
    assert state(sent(other_organisation, ALL_TIME)) == COUNTS


def test_a_file_whose_other_is_deleted_meanwhile_is_accepted_alone(organisation: Organisation) -> None:
    first, second = sent(organisation, FIRST), sent(organisation, ALL_TIME)
    delete_file(file=first)
    accept_after_review(file=second, actor="alice")
    assert is_right(organisation, ALL_TIME)


def test_a_file_that_a_person_was_not_told_of_makes_it_wait_again(organisation: Organisation) -> None:
    sent(organisation, FIRST)
    second = sent(organisation, ALL_TIME)
    third = sent(organisation, distrokid(*month("2025-02", 1, 2, 3, 4)))
    assert state(third) == COUNTS  # the second does not count yet
    with pytest.raises(InvalidTransition):
        accept_after_review(file=second, actor="alice")
    assert state(second) == WAITS
    second.refresh_from_db()
    assert "1 further files hold lines of it too." in second.error_message
    accept_after_review(file=second, actor="alice")
    assert state(second) == ("FINALIZED", "accepted_after_review")


def test_a_reimport_does_not_overlap_with_its_own_older_revision(organisation: Organisation) -> None:
    file = sent(organisation, FIRST)
    reimport(file=file)
    processed(file)
    assert finalise(file.pk)
    assert state(file) == COUNTS
    assert is_right(organisation, FIRST)


def test_a_pair_that_was_accepted_stays_accepted_when_one_is_imported_again(organisation: Organisation) -> None:
    first, second = sent(organisation, FIRST), sent(organisation, ALL_TIME)
    accept_after_review(file=second, actor="alice")
    for file in (first, second):
        file.refresh_from_db()
        reimport(file=file)
        processed(file)
        assert finalise(file.pk)
        assert state(file) == COUNTS
    assert is_right(organisation, FIRST, ALL_TIME)


def test_a_file_that_is_being_imported_again_counts_as_the_other(organisation: Organisation) -> None:
    first = sent(organisation, FIRST)
    reimport(file=first)
    second = sent(organisation, ALL_TIME)
    assert state(second) == WAITS
    with pytest.raises(InvalidTransition):
        replace_overlapping(file=second, actor="alice")
    assert state(second) == WAITS
    assert SalesFile.objects.of(organisation).filter(pk=first.pk).exists()


def test_files_of_months_of_their_own_both_count(organisation: Organisation) -> None:
    assert state(sent(organisation, FIRST)) == COUNTS
    assert state(sent(organisation, distrokid(*FEBRUARY))) == COUNTS


# --- at the same time ---


def test_of_two_that_are_imported_before_either_counts_the_second_waits(organisation: Organisation) -> None:
    first, second = waiting(organisation, FIRST), waiting(organisation, ALL_TIME)
    # The file that was imported first, and saw nothing, is the one that comes second here.
    assert finalise(second.pk)
    assert (state(first), state(second)) == (WAITS, COUNTS) or not finalise(first.pk)
    assert (state(first), state(second)) == (WAITS, COUNTS)


def test_of_two_that_are_finalised_at_the_same_time_one_waits(organisation: Organisation) -> None:
    files = [waiting(organisation, FIRST), waiting(organisation, ALL_TIME)]
    at_once(*(lambda file=file: finalise(file.pk) for file in files))
    for file in files:
        finalise(file.pk)
    assert sorted(map(state, files)) == [COUNTS, WAITS]
    assert total(organisation) in (Decimal("1.2375"), Decimal("2.0625"))
    assert verify(organisation).differences == []


def test_of_two_that_are_imported_and_finalised_at_the_same_time_one_waits(organisation: Organisation) -> None:
    files = [cleaning_file(organisation, content=text.encode(), filename="s.tsv") for text in (FIRST, ALL_TIME)]

    def all_of_it(file: SalesFile) -> None:
        processed(file)
        finalise(file.pk)

    errors = [error for error in at_once(*(lambda file=file: all_of_it(file) for file in files)) if error]
    assert errors == []
    assert sorted(map(state, files)) == [COUNTS, WAITS]


def test_two_that_are_to_take_each_others_place_do_not_both_go(organisation: Organisation) -> None:
    first, second = sent(organisation, FIRST), sent(organisation, ALL_TIME)
    at_once(
        lambda: replace_overlapping(file=second, actor="alice"),
        lambda: accept_after_review(file=second, actor="bob"),
        lambda: delete_file(file=first),
    )
    assert state(second)[0] == "FINALIZED"
    assert verify(organisation).differences == []


# --- what Glider reports ---


def found(file: int, job: UUID | None = None, **fields: Any) -> glider.contract.Overlap:
    given: dict[str, Any] = {
        "periods": ["2025-01"], "lines": 2, "money": Decimal(1), "file_lines": 2, "file_money": Decimal(1),
        "other_money": Decimal(1), "other_file_lines": 2, "other_file_money": Decimal(1),
    }  # fmt: skip
    return glider.contract.Overlap(file=file, revision=1, job=job or uuid4(), **(given | fields))


def test_a_file_of_another_organisation_is_never_recorded(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    own, strange = waiting(organisation, FIRST), sent(other_organisation, ALL_TIME)
    overlaps.record(own, uuid4(), [found(strange.pk), found(own.pk), found(10**9)])
    assert not Overlap.everything.filter(file=own, other__in=[strange, own]).exists()
    assert not Overlap.everything.filter(file=strange).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"periods": []},
        {"periods": ["2025-13"]},
        {"lines": -1},
        {"lines": 2**63},
        {"money": Decimal(10) ** 20},
        {"other_money": Decimal(-1)},
    ],
)
def test_an_overlap_that_makes_no_sense_fails_the_file(organisation: Organisation, wrong: dict[str, Any]) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, overlaps=[found(1, **wrong)]))
    job.refresh_from_db()
    file.refresh_from_db()
    assert (file.status, job.state) == ("FAILED", JobState.FAILED)


def test_what_is_recorded_twice_is_there_once_for_each_side(organisation: Organisation) -> None:
    first, second = waiting(organisation, FIRST), waiting(organisation, ALL_TIME)
    jobs = {file.pk: Job.objects.unscoped().get(file=file, module="importer") for file in (first, second)}
    Overlap.everything.all().delete()
    for _ in range(2):
        overlaps.record(second, jobs[second.pk].pk, [found(first.pk, jobs[first.pk].pk)])
    sides = Overlap.everything.order_by("file").values_list("file", "other")
    assert list(sides) == [(first.pk, second.pk), (second.pk, first.pk)]
