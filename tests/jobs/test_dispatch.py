"""Which jobs go to the broker, and in which order."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Organisation
from glider.contract import WORKERS_KEY
from jobs.models import Job
from jobs.services import dispatch, leases, outbox
from oas.kernel.config import config
from salesfiles.models import SalesFile
from salesfiles.services.cancellation import cancel
from salesfiles.services.processing import process
from salesfiles.services.sweeping import sweep
from salesfiles.status import Action
from tests.jobs.queues import broker_down, messages, take_all
from tests.salesfiles.glider_stand_in import cleaning_file, failed, finish, job_of, uploaded_file

pytestmark = pytest.mark.django_db(transaction=True)
Settings = Callable[..., None]


@pytest.fixture(autouse=True)
def _empty_queues(db: None) -> None:
    take_all()
    take_all("oas")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Change the settings of dispatch, and from which size on a file is large."""

    def _given(**values: int | None) -> None:
        changed = config().model_copy(update=values)
        monkeypatch.setattr(dispatch, "config", lambda: changed)
        monkeypatch.setattr(outbox, "config", lambda: changed)

    return _given


def queue() -> list[str]:
    return [each["id"] for each in messages()]


def ids(files: list[SalesFile]) -> list[str]:
    return [str(job_of(file).pk) for file in files]


def test_an_organisation_has_only_so_many_jobs_in_the_broker(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(organisation_jobs=2)
    many = [cleaning_file(organisation) for _ in range(5)]
    one = cleaning_file(other_organisation)
    assert queue() == ids([*many[:2], one])
    assert Job.objects.of(organisation).filter(published_at=None).count() == 3


def test_the_next_goes_when_one_ends_and_a_file_that_is_begun_first(
    organisation: Organisation, given: Settings
) -> None:
    given(organisation_jobs=2)
    first, second, third = (cleaning_file(organisation) for _ in range(3))
    take_all()
    finish(job_of(first))
    assert queue() == ids([first])
    finish(job_of(second), failed(job_of(second)))
    assert queue() == ids([first, third])


def test_the_importer_of_a_small_file_has_the_place_of_its_cleaning(
    organisation: Organisation, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(organisation_jobs=1)
    file, waiting = (cleaning_file(organisation) for _ in range(2))
    take_all()
    monkeypatch.setattr(dispatch, "_claim", lambda *_, **__: pytest.fail("jobs were dispatched"))
    finish(job_of(file))
    assert (job_of(file).module, queue()) == ("importer", ids([file]))
    assert job_of(waiting).published_at is None


def test_a_cleaning_that_had_no_place_leaves_none(organisation: Organisation, given: Settings) -> None:
    """Its message went to the broker, which then did not answer."""
    given(organisation_jobs=1)
    first, second = (cleaning_file(organisation) for _ in range(2))
    take_all()
    finish(job_of(second))
    assert (job_of(second).module, job_of(second).published_at, queue()) == ("importer", None, [])
    finish(job_of(first), failed(job_of(first)))
    assert queue() == ids([second])


def test_an_importer_that_the_broker_does_not_take_waits_for_the_sweep(
    organisation: Organisation, given: Settings
) -> None:
    given(organisation_jobs=1)
    file = cleaning_file(organisation)
    take_all()
    with broker_down():
        finish(job_of(file))
    assert (job_of(file).module, job_of(file).published_at) == ("importer", None)
    sweep()
    assert queue() == ids([file])


def test_jobs_opened_together_are_dispatched_once_even_after_an_error(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(organisation_jobs=2)
    files: list[SalesFile] = []

    def break_off() -> None:
        with dispatch.dispatched_together():
            files.extend(cleaning_file(each) for each in [*[organisation] * 3, other_organisation])
            assert queue() == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert sorted(queue()) == sorted(ids([*files[:2], files[3]]))


def test_a_job_that_is_cancelled_makes_room(organisation: Organisation, given: Settings) -> None:
    given(organisation_jobs=1)
    first, second = (cleaning_file(organisation) for _ in range(2))
    cancel(file=first, actor="alice")
    assert queue()[1:] == ids([second])


def test_of_many_at_the_same_time_no_more_get_in(organisation: Organisation, given: Settings) -> None:
    given(organisation_jobs=3)
    files = [uploaded_file(organisation) for _ in range(8)]
    barrier = Barrier(len(files))

    def start(file: SalesFile) -> None:
        barrier.wait(timeout=10)
        try:
            process(file=file, action=Action.CLEAN)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(files)) as pool:
        list(pool.map(start, files))
    assert len(queue()) == Job.objects.of(organisation).exclude(published_at=None).count() == 3


def test_a_job_that_was_never_dispatched_is_found_by_the_sweep(
    organisation: Organisation, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as died:
        died.setattr(outbox, "dispatch_on_commit", lambda job: None)  # the process ended just after its commit
        file = cleaning_file(organisation)
    assert queue() == []
    sweep()
    sweep()
    assert queue() == ids([file])


def test_what_the_broker_does_not_take_waits_and_takes_up_no_room(organisation: Organisation, given: Settings) -> None:
    given(organisation_jobs=1)
    with broker_down():
        first = cleaning_file(organisation)
    assert job_of(first).published_at is None
    second = cleaning_file(organisation)
    assert queue() == ids([first])
    sweep()
    assert queue() == ids([first])
    assert job_of(second).published_at is None


def test_a_job_that_waits_for_dispatch_is_never_given_up(organisation: Organisation, given: Settings) -> None:
    given(organisation_jobs=1)
    _, waiting = (cleaning_file(organisation) for _ in range(2))
    job = job_of(waiting)
    Job.everything.filter(pk=job.pk).update(created_at="2026-01-01T00:00:00Z")
    for _ in range(3):
        sweep()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.published_at) == ("QUEUED", 1, None)


# --- large files ---


def test_large_files_take_so_many_workers_and_small_ones_pass_them(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(heavy_bytes=1, heavy_jobs=1)
    large = [cleaning_file(organisation) for _ in range(3)]
    given(heavy_bytes=10**9)
    small = [cleaning_file(organisation), cleaning_file(other_organisation)]
    assert queue() == ids([large[0], *small])


def test_large_files_of_two_organisations_are_dispatched_alternately(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(heavy_bytes=1, heavy_jobs=1)
    many = [cleaning_file(organisation) for _ in range(3)]
    one = cleaning_file(other_organisation)
    order = ids([many[0], one, many[1], many[2]])
    for n, file in enumerate([many[0], one, many[1]], start=1):
        assert queue() == order[:n]
        finish(job_of(file), failed(job_of(file)))
    assert queue() == order


def test_the_importer_of_a_large_file_waits_for_dispatch(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(heavy_bytes=1, heavy_jobs=1)
    first, other = cleaning_file(organisation), cleaning_file(other_organisation)
    take_all()
    finish(job_of(first))
    assert (job_of(first).module, queue()) == ("importer", ids([other]))


def test_with_more_room_each_organisation_gets_a_share_of_it(
    organisation: Organisation, other_organisation: Organisation, given: Settings
) -> None:
    given(heavy_bytes=1, heavy_jobs=0)
    files = [cleaning_file(organisation) for _ in range(3)]
    other = cleaning_file(other_organisation)
    given(heavy_jobs=2)
    dispatch.dispatch_large()
    assert sorted(queue()) == sorted(ids([files[0], other]))


def test_the_sweep_finds_large_files_as_well(organisation: Organisation, given: Settings) -> None:
    given(heavy_bytes=1, heavy_jobs=0)
    file = cleaning_file(organisation)
    given(heavy_jobs=1)
    sweep()
    assert queue() == ids([file])


@pytest.mark.parametrize(("workers", "gone", "room"), [(0, 0, 1), (1, 0, 1), (2, 0, 1), (4, 0, 3), (2, 3, 1)])
def test_large_files_leave_one_worker_free(
    workers: int, gone: int, room: int, organisation: Organisation, given: Settings
) -> None:
    present({f"here:{n}": time.time() for n in range(workers)} | {f"gone:{n}": time.time() - 40 for n in range(gone)})
    given(heavy_bytes=1, heavy_jobs=None)
    files = [cleaning_file(organisation) for _ in range(5)]
    assert queue() == ids(files[:room])


def present(seen: dict[str, float]) -> None:
    """Set when each process of Glider has last given a sign of life."""
    leases.client().delete(WORKERS_KEY)
    if seen:
        leases.client().zadd(WORKERS_KEY, seen)
