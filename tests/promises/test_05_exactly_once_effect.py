"""Promise 5: a task that runs twice, at the same time or again after its worker died, has its effect once.

(Workers of the real stack are killed in tests/e2e/test_kill.py, and hundreds of times in tests/chaos.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Organisation
from glider import runner
from glider.contract import MESSAGE
from jobs.services import finishing
from jobs.services.results import read_result
from oas.api.refusals import Refused
from oas.kernel import broker
from oas.kernel.config import glider_config
from oas.kernel.documents import documents
from oas.kernel.storage import StorageError, storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from tests.salesfiles.glider_stand_in import cleaning_file, job_of
from tests.totals.driving import finalized, random_content

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(call: Callable[[], Any], times: int = 3) -> list[Any]:
    barrier = Barrier(times)

    def one(_: int) -> Any:
        barrier.wait(timeout=20)
        try:
            return call()
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def written(file: SalesFile) -> dict[str, str]:
    """Return the checksum of everything that `file` has in S3 and MongoDB, without the times of writing."""
    folder = f"organisation={file.organisation_id}/"
    objects = {item.key: hashlib.sha256(storage().get_bytes(item.key)).hexdigest() for item in storage().list(folder)}
    papers = {}
    for name in ("snapshots", "snapshot_rows", "sales"):
        for document in documents().find(name, {"organisation": file.organisation_id}):
            document.pop("written_at")
            papers[f"{name}/{document['_id']}"] = repr(sorted(document.items()))
    return objects | papers


def work(file: SalesFile) -> None:
    runner.run_job(MESSAGE.validate_python(job_of(file).message))


def apply(file: SalesFile) -> Any:
    job = job_of(file)
    return finishing.apply(job, read_result(job))


def counts(file: SalesFile) -> tuple[Any, ...]:
    file.refresh_from_db()
    return file.status, file.total_rows, file.total_local, file.history.count(), file.jobs.count()


def test_the_same_message_run_again_writes_the_same_bytes(organisation: Organisation) -> None:
    file = cleaning_file(organisation, content=random_content(1).encode(), filename="sales.tsv")
    for _ in range(2):  # cleaning, then the importer
        work(file)
        first = written(file)
        work(file)
        assert written(file) == first
        apply(file)


def test_runs_at_the_same_time_leave_what_one_run_leaves(organisation: Organisation) -> None:
    file = cleaning_file(organisation, content=random_content(2).encode(), filename="sales.tsv")
    work(file)
    first = written(file)
    at_once(lambda: work(file))
    assert written(file) == first


def test_a_run_that_dies_at_any_write_is_finished_by_the_next(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = cleaning_file(organisation, content=random_content(3).encode(), filename="sales.tsv")
    work(file)
    apply(file)
    deaths = 0
    for survived in range(20):
        with monkeypatch.context() as patched:
            _die_after(survived, patched)
            try:
                work(file)
                break
            except StorageError:
                deaths += 1
    assert deaths > 5
    broken = written(file)
    work(file)
    assert written(file) == broken
    apply(file)
    finalise(file.pk)
    activate(file.pk)
    assert counts(file)[:2] == ("FINALIZED", 60)


def _die_after(writes: int, patched: pytest.MonkeyPatch) -> None:
    left = [writes]

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise StorageError("the worker dies here")
            return call(*args, **options)

        return write

    for name in ("upload", "put_json"):
        patched.setattr(storage(), name, counted(getattr(storage(), name)))
    for name in ("write", "update", "replace"):
        patched.setattr(documents(), name, counted(getattr(documents(), name)))


def test_every_later_step_that_three_do_at_the_same_time_is_done_once(organisation: Organisation) -> None:
    file = cleaning_file(organisation, content=random_content(4).encode(), filename="sales.tsv")
    work(file)
    job = job_of(file)
    result = read_result(job)
    assert at_once(lambda: finishing.apply(job, result)).count(finishing.Effect.APPLIED) == 1
    assert counts(file)[4] == 2  # one importer job, not three
    work(file)
    at_once(lambda: apply(file))
    assert sorted(at_once(lambda: finalise(file.pk))) == [False, False, True]
    at_once(lambda: activate(file.pk))
    changes = [change.to_status for change in file.history.all()]
    assert [changes.count(status) for status in ("CLEANED", "PROCESSING", "PROCESSED", "FINALIZED")] == [1, 1, 1, 1]
    assert counts(file)[:2] == ("FINALIZED", 60)


@pytest.mark.parametrize("queue", ["oas", "glider"])
def test_a_message_is_acknowledged_after_the_work_and_returned_by_a_worker_that_dies(queue: str) -> None:
    settings = broker.broker_settings(glider_config(), queue=queue)
    assert settings["task_acks_late"]
    assert settings["task_reject_on_worker_lost"]
    assert settings["worker_prefetch_multiplier"] == 1


def test_a_second_run_that_ends_after_activation_leaves_the_sales_live(organisation: Organisation) -> None:
    file = finalized(organisation, random_content(7))
    message = MESSAGE.validate_python(job_of(file).message)
    activate(file.pk)
    activated = written(file)
    (gone, *_) = documents().find("sales", {"uuid": file.uuid})
    documents().delete("sales", {"_id": gone["_id"]})
    runner.run_job(message)
    back = written(file)
    assert {name for name in activated if activated[name] != back[name]} == {f"sales/{gone['_id']}"}
    assert sorted(each["live"] for each in documents().find("sales", {"uuid": file.uuid})) == [False, True, True, True]
