"""Which files are finalised in a batch, and when."""

from __future__ import annotations

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from salesfiles.choices import Task, Waiting
from salesfiles.models import SalesFile
from salesfiles.services import batching
from salesfiles.services.acceptance import accept_after_review
from salesfiles.services.batching import WAIT, one_batch_at_a_time
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.jobs.queues import delays, messages, take_all
from tests.salesfiles.finalisations import changes, in_background, is_right, statuses, wait_all, waiting_for_a_lock
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    finish,
    imported,
    job_finished,
    job_of,
    leave,
    notify,
)  # fmt: skip
from tests.session import wait_for
from tests.totals.driving import (
    answer,
    finalized,
    processed,
    random_content,
    waiting,
)  # fmt: skip
from totals.models import SummaryScope

pytestmark = pytest.mark.django_db(transaction=True)


# --- who is in a batch ---


def test_a_batch_has_only_so_many_files_and_lines(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [random_content(seed) for seed in range(5)]
    files = wait_all(organisation, *contents)
    monkeypatch.setattr(batching, "MOST_FILES", 2)
    assert finalise(files[4].pk) is True
    assert statuses(*files) == ["FINALIZED", "PROCESSED", "PROCESSED", "PROCESSED", "FINALIZED"]
    monkeypatch.setattr(batching, "MOST_FILES", 50)
    monkeypatch.setattr(batching, "MOST_LINES", 125)  # two of sixty lines
    assert finalise(files[3].pk) is True
    assert statuses(*files[:4]) == ["FINALIZED", "FINALIZED", "PROCESSED", "FINALIZED"]
    assert is_right(organisation, contents[0], contents[1], contents[3], contents[4])


def test_large_files_are_finalised_alone(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    large, small, other = wait_all(organisation, random_content(0, count=61), random_content(1), random_content(2))
    monkeypatch.setattr(batching, "SMALL", 60)
    assert finalise(large.pk) is True
    assert statuses(large, small, other) == ["FINALIZED", "PROCESSED", "PROCESSED"]
    large = waiting(organisation, random_content(3, count=61))
    assert finalise(small.pk) is True
    assert statuses(large, small, other) == ["PROCESSED", "FINALIZED", "FINALIZED"]


def test_a_file_with_a_live_revision_is_finalised_alone(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(3)]
    counted = finalized(organisation, contents[0])
    reimport(file=counted)
    again, files = processed(counted), wait_all(organisation, *contents[1:])
    assert finalise(files[0].pk) is True
    assert statuses(again, *files) == ["PROCESSED", "FINALIZED", "FINALIZED"]
    last = waiting(organisation, random_content(7))
    assert finalise(again.pk) is True
    assert (again.history.filter(to_status="FINALIZED").count(), statuses(last)) == (2, ["PROCESSED"])
    assert is_right(organisation, *contents)


def test_files_that_must_wait_are_in_no_batch(organisation: Organisation, other_organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(5)]
    untied, failed_check, deleted, own = wait_all(organisation, *contents[:4])
    of_others = waiting(other_organisation, contents[4])
    SalesFile.everything.filter(pk=untied.pk).update(status_cause=Waiting.CONTROL_TOTALS)
    SalesFile.everything.filter(pk=failed_check.pk).update(checks=[{"tied": False}])
    delete_file(file=deleted)
    assert finalise(own.pk) is True
    assert statuses(untied, failed_check, own, of_others) == ["PROCESSED", "PROCESSED", "FINALIZED", "PROCESSED"]
    assert SalesFile.everything.get(pk=deleted.pk).status == "PROCESSED"
    assert answer(organisation)["files"] == 1
    assert not SummaryScope.objects.of(other_organisation).exists()


def test_a_file_that_a_person_accepts_is_finalised_alone(organisation: Organisation) -> None:
    accepted, other = wait_all(organisation, random_content(0), random_content(1))
    accept_after_review(file=accepted, actor="alice")
    assert statuses(accepted, other) == ["FINALIZED", "PROCESSED"]
    assert accepted.history.get(to_status="FINALIZED").cause == "accepted_after_review"


# --- at the same time ---


def test_the_next_batch_has_all_files_that_came_meanwhile(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(6)]
    files = wait_all(organisation, *contents)
    with one_batch_at_a_time(organisation.pk):
        done = in_background(*[lambda file=file: finalise(file.pk) for file in files[:4]])
        wait_for(lambda: waiting_for_a_lock() == 4, 20, "four to wait")
    assert sorted(done()) == [False, False, False, True]
    assert statuses(*files) == ["FINALIZED"] * 6
    assert changes(organisation) == 1
    assert is_right(organisation, *contents)


def test_organisations_do_not_wait_for_each_other(organisation: Organisation, other_organisation: Organisation) -> None:
    file = waiting(other_organisation, random_content(0))
    with one_batch_at_a_time(organisation.pk):
        assert in_background(lambda: finalise(file.pk))() == [True]


# --- waiting for others ---


@pytest.mark.parametrize(("others", "lines", "waits"), [(0, 2, False), (1, 2, False), (2, 2, True), (2, 20_001, False)])
def test_finalising_waits_for_others_only_while_several_are_on_their_way(
    organisation: Organisation,
    other_organisation: Organisation,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    others: int,
    lines: int,
    waits: bool,
) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    SalesFile.everything.filter(pk=file.pk).update(accepted_rows=lines)
    for n in range(4):
        cleaning_file(organisation if n < others else other_organisation)
    take_all("oas")
    leave(job_of(file), imported(job_of(file)))
    with django_capture_on_commit_callbacks(execute=True):
        notify(job_finished(job_of(file)))
    assert [message["task"] for message in messages("oas")] == [Task.FINALISE]
    (delay,) = delays("oas")
    assert 0 < delay <= WAIT if waits else delay == 0
