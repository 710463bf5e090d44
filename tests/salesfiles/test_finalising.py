"""PROCESSED → FINALIZED, alone and in a batch: the ledger counts exactly what is FINALIZED."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Organisation
from fetcher.models import Batch
from oas.kernel.storage import storage
from salesfiles.choices import Task
from salesfiles.models import SalesFile
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from tests.jobs.queues import messages, take_all
from tests.salesfiles.finalisations import changes, in_background, is_right, statuses, wait_all
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    finish,
    job_of,
)  # fmt: skip
from tests.totals.driving import (
    Expected,
    at_once,
    processed,
    random_content,
    upload,
)  # fmt: skip
from totals.models import ALL, CountedFile, Dimension, SummaryEntry, SummaryScope
from totals.services import ledger
from totals.services.contributions import LedgerFile

pytestmark = pytest.mark.django_db(transaction=True)


def test_files_that_wait_are_counted_in_one_transaction(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(5)]
    files = wait_all(organisation, *contents)
    assert finalise(files[2].pk) is True
    assert statuses(*files) == ["FINALIZED"] * 5
    assert changes(organisation) == 1
    assert is_right(organisation, *contents)


def test_each_file_of_a_batch_has_its_own_history(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    take_all("oas")
    assert finalise(files[0].pk) is True
    for file, content in zip(files, contents, strict=True):
        file.refresh_from_db()
        (step,) = file.history.filter(to_status="FINALIZED")
        assert (step.from_status, step.actor, step.cause) == ("PROCESSED", "glider", "")
        assert (file.live_revision, file.total_local) == (1, Expected.of(content).total)
    sent = [(message["task"], message["argument"]) for message in messages("oas")]
    assert sent == [("salesfiles.settle", [file.pk for file in files])]


def test_the_tasks_of_the_others_in_a_batch_find_nothing_to_do(organisation: Organisation) -> None:
    files = wait_all(organisation, random_content(0), random_content(1))
    finalise(files[0].pk)
    with CaptureQueriesContext(connection) as queries:
        assert finalise(files[1].pk) is False
    assert len(queries) == 1
    assert changes(organisation) == 1


def test_a_key_counts_the_files_that_name_it(organisation: Organisation) -> None:
    contents = [random_content(seed, count=9) for seed in range(4)]
    finalise(wait_all(organisation, *contents)[0].pk)
    expected: Counter[tuple[str, int]] = Counter()
    for content in contents:
        rows = [(row["Store"], int(row["Sale Month"].replace("-", ""))) for row in Expected.of(content).rows]
        expected.update({*rows, *((store, ALL) for store, _ in rows)})
    entries = SummaryEntry.objects.filter(dimension=Dimension.DSP).select_related("key")
    assert {(entry.key.name, entry.period): entry.files for entry in entries} == dict(expected)


def test_a_batch_costs_as_many_statements_of_the_summary_as_one_file(organisation: Organisation) -> None:
    def statements(*seeds: int) -> int:
        files = wait_all(organisation, *map(random_content, seeds))
        with CaptureQueriesContext(connection) as queries:
            finalise(files[0].pk)
        assert statuses(*files) == ["FINALIZED"] * len(seeds)
        return sum("totals_summary" in query["sql"] for query in queries.captured_queries)

    statements(0)
    assert statements(1) == statements(2, 3, 4, 5)


def test_what_was_counted_together_is_deleted_one_by_one(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(4)]
    files = wait_all(organisation, *contents)
    finalise(files[0].pk)
    delete_file(file=files[1])
    assert is_right(organisation, contents[0], contents[2], contents[3])
    for file in (files[0], files[2], files[3]):
        delete_file(file=file)
    assert not SummaryEntry.objects.exists()


def test_files_of_several_uploads_are_counted_with_theirs(organisation: Organisation) -> None:
    batches: list[Batch | None] = [None, upload(organisation), upload(organisation)]
    contents = [random_content(seed) for seed in range(5)]
    files = [
        processed(cleaning_file(organisation, content=content.encode(), filename="sales.tsv", batch=batches[n % 3]))
        for n, content in enumerate(contents)
    ]
    finalise(files[3].pk)
    assert statuses(*files) == ["FINALIZED"] * 5
    assert is_right(organisation, *contents)
    for n in (1, 2):
        scope = SummaryScope.objects.of(organisation).get(batch=getattr(batches[n], "pk", None))
        assert scope.files == len(contents[n::3])
        whole = SummaryEntry.objects.get(scope=scope, dimension=Dimension.WHOLE, period=ALL)
        assert (whole.files, whole.revenue) == (scope.files, Expected.of(*contents[n::3]).total)


def test_a_file_that_ties_is_sent_to_be_finalised_and_then_activated(
    organisation: Organisation, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    with django_capture_on_commit_callbacks(execute=True):
        finish(job_of(file))
    sent = [(each["task"], each["argument"]) for each in messages("oas")]
    assert sent == [(Task.FINALISE, file.pk), (Task.ACTIVATE, [file.pk])]


# --- errors ---


def test_a_file_whose_lines_are_lost_stops_no_other(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    for item in list(storage().list(f"organisation={organisation.pk}/")):
        if files[1].uuid in item.key:
            storage().delete(item.key)
    assert finalise(files[0].pk) is True
    assert statuses(*files) == ["FINALIZED", "PROCESSED", "FINALIZED"]
    assert is_right(organisation, contents[0], contents[2])


def test_a_file_that_cannot_be_counted_stops_no_other(organisation: Organisation) -> None:
    """Something of it counts already, which is not so of a file that was never FINALIZED: it is outdated for ever."""
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    wrong = files[1].jobs.filter(module="cleaning").get()
    with broken(files[1], wrong.pk):
        assert [finalise(files[0].pk), finalise(files[2].pk)] == [True, True]
        assert statuses(*files) == ["FINALIZED", "PROCESSED", "FINALIZED"]
    assert finalise(files[1].pk) is True
    assert is_right(organisation, *contents)


@contextmanager
def broken(file: SalesFile, job: Any) -> Iterator[None]:
    """What counts of `file` changes between reading and writing, every time."""
    fields: dict[str, Any] = {"organisation_id": file.organisation_id, "file_id": file.pk, "revision": 1}
    prepare = ledger.change_of

    def read(given: LedgerFile, counted: CountedFile | None, found: Any) -> Any:
        change = prepare(given, counted, found)
        if given.id == file.pk:
            CountedFile.objects.unscoped().get_or_create(defaults={"job": job}, **fields)
        return change

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "change_of", read)
        yield
    CountedFile.everything.filter(file=file).delete()


def test_a_worker_that_dies_before_the_commit_has_finalised_none(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    move, moved = SalesFile.move_to, []

    def die(file: SalesFile, *args: Any, **fields: Any) -> Any:
        moved.append(file.pk)
        if len(moved) == 3:
            raise KeyboardInterrupt
        return move(file, *args, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(SalesFile, "move_to", die)
        with pytest.raises(KeyboardInterrupt):
            finalise(files[0].pk)
    assert (statuses(*files), SummaryEntry.objects.count()) == (["PROCESSED"] * 3, 0)
    assert at_once(lambda: finalise(files[1].pk)) == [True]  # by another connection: nothing is held any more
    assert is_right(organisation, *contents)


# --- at the same time ---


def test_a_file_that_another_process_has_locked_is_left_alone(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    with transaction.atomic():
        SalesFile.lock(files[1].pk)
        assert in_background(lambda: finalise(files[0].pk))() == [True]
    assert statuses(*files) == ["FINALIZED", "PROCESSED", "FINALIZED"]
    assert is_right(organisation, contents[0], contents[2])


def test_files_that_are_deleted_meanwhile_are_not_counted(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(6)]
    files = wait_all(organisation, *contents)
    deletes = [lambda file=file: delete_file(file=file) for file in files[:3]]
    done = at_once(*deletes, *[lambda file=file: finalise(file.pk) for file in files[3:]])
    assert done[:3] == [None] * 3
    assert statuses(*files[3:]) == ["FINALIZED"] * 3
    assert is_right(organisation, *contents[3:])
