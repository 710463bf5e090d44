"""Several files at the same time, in transactions of their own."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Organisation
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from tests.totals.driving import Expected, answer, at_once, finalized, random_content, waiting
from totals.models import CountedFile, SummaryEntry, SummaryKey, SummaryScope
from totals.services import ledger
from totals.services.contributions import LedgerFile

pytestmark = pytest.mark.django_db(transaction=True)


def test_files_with_the_same_keys_finalised_at_once_are_all_counted(organisation: Organisation) -> None:
    contents = [random_content(seed, count=80) for seed in range(6)]
    files = [waiting(organisation, content) for content in contents]
    done = at_once(*[lambda file=file: finalise(file.pk) for file in files])
    assert set(done) <= {True, False}  # who is first takes others along
    assert [file.history.filter(to_status="FINALIZED").count() for file in files] == [1] * 6
    found = answer(organisation)
    expected = Expected.of(*contents)
    assert (found["files"], found["tracks"]) == (6, expected.tracks)
    assert Decimal(found["total_gross_exact"]) == expected.total
    for month in ("202501", "202503"):
        text = f"{month[:4]}-{month[4:]}"
        one = answer(organisation, first=int(month), last=int(month))
        assert one["tracks"] == Expected.of(*contents, first=text, last=text).tracks


def test_one_file_finalised_twice_at_once_is_counted_once(organisation: Organisation) -> None:
    content = random_content(1)
    file = waiting(organisation, content)
    done = at_once(*[lambda: finalise(file.pk)] * 3)
    assert sorted(done) == [False, False, True]
    assert Decimal(answer(organisation)["total_gross_exact"]) == Expected.of(content).total
    assert file.history.filter(to_status="FINALIZED").count() == 1


def test_files_deleted_while_others_come_leave_no_trace(organisation: Organisation) -> None:
    old = [finalized(organisation, random_content(seed)) for seed in range(3)]
    contents = [random_content(seed) for seed in range(3, 6)]
    new = [waiting(organisation, content) for content in contents]
    steps = [lambda file=file: delete_file(file=file) for file in old]
    done = at_once(*steps, *[lambda file=file: finalise(file.pk) for file in new])
    assert (done[:3], set(done[3:]) <= {True, False}) == ([None] * 3, True)
    found, expected = answer(organisation), Expected.of(*contents)
    assert (found["files"], found["tracks"], Decimal(found["total_gross_exact"])) == (
        3,
        expected.tracks,
        expected.total,
    )


def test_a_file_deleted_while_it_is_finalised_is_not_counted(organisation: Organisation) -> None:
    file = waiting(organisation, random_content(1))
    done, deleted = at_once(lambda: finalise(file.pk), lambda: delete_file(file=file))
    assert done in (True, False)
    assert deleted is None or isinstance(deleted, InvalidTransition)
    assert answer(organisation)["files"] == int(deleted is not None)
    assert SummaryKey.objects.exists() == (deleted is not None)


def test_a_worker_that_dies_before_the_commit_has_counted_nothing(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kill -9 leaves: a transaction that never ended. The next one to come finishes the file."""
    content = random_content(1)
    file = waiting(organisation, content)

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_record", die)
        with pytest.raises(KeyboardInterrupt):
            finalise(file.pk)
    file.refresh_from_db()
    assert (file.status, CountedFile.everything.count(), SummaryEntry.objects.count()) == ("PROCESSED", 0, 0)
    assert finalise(file.pk) is True
    assert Decimal(answer(organisation)["total_gross_exact"]) == Expected.of(content).total


def test_a_file_that_was_counted_in_the_meantime_is_prepared_again(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading what is counted and writing, the file is finalised by another process: its delete starts over."""
    file = waiting(organisation, random_content(1))
    seen = threading.Event()
    original = SalesFile.objects.of(organisation).get(pk=file.pk)

    prepare = ledger.prepare

    def slowly(given: LedgerFile, job: Any) -> Any:
        change = prepare(given, job)
        if job is None and not seen.is_set():
            seen.set()
            assert finalise(file.pk)
        return change

    monkeypatch.setattr(ledger, "prepare", slowly)
    delete_file(file=original)
    assert answer(organisation)["files"] == 0
    assert not SummaryKey.objects.exists()


def test_an_answer_is_of_one_state_even_while_files_come(organisation: Organisation) -> None:
    """Every answer read during a change has figures that belong together: whole = by DSP + rest."""
    finalized(organisation, random_content(0))
    new = [waiting(organisation, random_content(seed)) for seed in range(1, 5)]

    def read() -> bool:
        for _ in range(30):
            found = answer(organisation, by="dsp", limit=2)
            parts = [Decimal(row["revenue"]) for row in found["results"]] + [Decimal(found["rest"]["revenue"])]
            if sum(parts) != Decimal(found["total_gross_exact"]) or found["rest"]["rows"] < 0:
                return False
        return True

    done = at_once(read, *[lambda file=file: finalise(file.pk) for file in new])
    assert done[0] is True
    assert answer(organisation)["files"] == 5


def test_a_process_that_waits_too_long_for_a_scope_counts_nothing(organisation: Organisation) -> None:
    finalized(organisation, random_content(0))
    file = waiting(organisation, random_content(1))

    def impatient() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return finalise(file.pk)

    with transaction.atomic():
        SummaryScope.objects.of(organisation).select_for_update().get()
        (error,) = at_once(impatient)
    assert "lock timeout" in str(error)
    file.refresh_from_db()
    assert file.status == "PROCESSED"
    assert finalise(file.pk) is True
