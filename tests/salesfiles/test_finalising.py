"""Small files of an organisation that wait at the same time are finalised and counted in one transaction."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Organisation
from fetcher.models import Batch
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services import batching
from salesfiles.services.batching import one_batch_at_a_time
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from salesfiles.services.review import accept_after_review
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.session import wait_for
from tests.totals.driving import (
    Expected,
    answer,
    at_once,
    finalized,
    processed,
    random_content,
    upload,
    waiting,
)  # fmt: skip
from totals.models import ALL, CountedFile, Dimension, SummaryEntry, SummaryScope
from totals.services import ledger
from totals.services.contributions import LedgerFile
from upkeep.verification.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


def wait_all(organisation: Organisation, *contents: str) -> list[SalesFile]:
    return [waiting(organisation, content) for content in contents]


def statuses(*files: SalesFile) -> list[str]:
    for file in files:
        file.refresh_from_db()
    return [file.status for file in files]


def changes(organisation: Organisation) -> int:
    """How often the totals over all files were written."""
    return sum(SummaryScope.objects.of(organisation).filter(batch=None).values_list("version", flat=True))


def is_right(organisation: Organisation, *contents: str) -> bool:
    """By the csv module, and by adding up everything that is in the lake."""
    found, expected = answer(organisation), Expected.of(*contents)
    figures = (found["files"], found["tracks"], found["releases"], Decimal(found["total_gross_exact"]))
    assert figures == (len(contents), expected.tracks, expected.releases, expected.total)
    assert verify(organisation).differences == []
    return True


# --- what it does ---


def test_files_that_wait_are_counted_in_one_transaction(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(5)]
    files = wait_all(organisation, *contents)
    assert finalise(files[2].pk) is True
    assert statuses(*files) == ["FINALIZED"] * 5
    assert changes(organisation) == 1
    assert is_right(organisation, *contents)


def test_each_file_moves_by_itself(organisation: Organisation) -> None:
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


def test_the_tasks_of_those_that_went_along_find_nothing_to_do(organisation: Organisation) -> None:
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


def test_several_cost_as_many_statements_of_the_summary_as_one(organisation: Organisation) -> None:
    def statements(*seeds: int) -> int:
        files = wait_all(organisation, *map(random_content, seeds))
        with CaptureQueriesContext(connection) as queries:
            finalise(files[0].pk)
        assert statuses(*files) == ["FINALIZED"] * len(seeds)
        return sum("reports_summary" in query["sql"] for query in queries.captured_queries)

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


# --- who goes along ---


def test_only_so_many_go_along(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_file_of_which_a_revision_counts_is_finalised_alone(organisation: Organisation) -> None:
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


def test_who_must_not_goes_along_with_nobody(organisation: Organisation, other_organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(5)]
    untied, failed_check, deleted, own = wait_all(organisation, *contents[:4])
    of_others = waiting(other_organisation, contents[4])
    SalesFile.everything.filter(pk=untied.pk).update(status_cause=batching.CONTROL_TOTALS)
    SalesFile.everything.filter(pk=failed_check.pk).update(checks=[{"tied": False}])
    delete_file(file=deleted)
    assert finalise(own.pk) is True
    assert statuses(untied, failed_check, own, of_others) == ["PROCESSED", "PROCESSED", "FINALIZED", "PROCESSED"]
    assert SalesFile.everything.get(pk=deleted.pk).status == "PROCESSED"
    assert answer(organisation)["files"] == 1
    assert not SummaryScope.objects.of(other_organisation).exists()


def test_what_a_person_accepts_takes_nobody_along(organisation: Organisation) -> None:
    accepted, other = wait_all(organisation, random_content(0), random_content(1))
    accept_after_review(file=accepted, actor="alice")
    assert statuses(accepted, other) == ["FINALIZED", "PROCESSED"]
    assert accepted.history.get(to_status="FINALIZED").cause == "accepted_after_review"


# --- what goes wrong with one of them ---


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


def test_whoever_waited_takes_along_what_has_come_meanwhile(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(6)]
    files = wait_all(organisation, *contents)
    with one_batch_at_a_time(organisation.pk):
        done = in_background(*[lambda file=file: finalise(file.pk) for file in files[:4]])
        wait_for(lambda: waiting_for_a_turn() == 4, 20, "four to wait")
    assert sorted(done()) == [False, False, False, True]
    assert statuses(*files) == ["FINALIZED"] * 6
    assert changes(organisation) == 1
    assert is_right(organisation, *contents)


def test_a_file_that_somebody_has_in_hand_is_left_alone(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = wait_all(organisation, *contents)
    with transaction.atomic():
        SalesFile.lock(files[1].pk)
        assert in_background(lambda: finalise(files[0].pk))() == [True]
    assert statuses(*files) == ["FINALIZED", "PROCESSED", "FINALIZED"]
    assert is_right(organisation, contents[0], contents[2])


def test_those_that_are_deleted_meanwhile_are_not_counted(organisation: Organisation) -> None:
    contents = [random_content(seed) for seed in range(6)]
    files = wait_all(organisation, *contents)
    deletes = [lambda file=file: delete_file(file=file) for file in files[:3]]
    done = at_once(*deletes, *[lambda file=file: finalise(file.pk) for file in files[3:]])
    assert done[:3] == [None] * 3
    assert statuses(*files[3:]) == ["FINALIZED"] * 3
    assert is_right(organisation, *contents[3:])


def test_organisations_do_not_wait_for_each_other(organisation: Organisation, other_organisation: Organisation) -> None:
    file = waiting(other_organisation, random_content(0))
    with one_batch_at_a_time(organisation.pk):
        assert in_background(lambda: finalise(file.pk))() == [True]


def in_background(*steps: Callable[[], Any]) -> Callable[[], list[Any]]:
    """Starts them; the result waits for what they return."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.extend(at_once(*steps)))
    thread.start()

    def result() -> list[Any]:
        thread.join(timeout=60)
        connections.close_all()
        return found

    return result


def waiting_for_a_turn() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return int(cursor.fetchone()[0])
