"""Imports that are interrupted, doubled, previewed, large."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Organisation
from catalogue.models import CatalogueImport, ImportStatus, Track
from catalogue.services.imports import apply_rows, run_import, staged_rows, start_import
from oas.kernel.storage import storage
from tests.catalogue.importing import begin, catalogue, import_text, totals


class Killed(BaseException):
    """Stands for kill -9 between two transactions."""


def test_a_preview_changes_nothing_until_it_is_applied(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(3) + "\nnonsense,x\n", preview=True)
    assert (row.status, row.valid_rows, row.error_rows) == ("PREVIEWED", 3, 1)
    assert row.counts == {"tracks_new": 3, "tracks_known": 0, "releases_new": 1, "releases_known": 0}
    assert totals(organisation) == (0, 0, 0, 0, 0)
    assert [each["title"] for each in staged_rows.sample(row.pk, 2)] == ["Track 0", "Track 1"]
    start_import.apply(row=row)
    run_import.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.counts["tracks_created"]) == ("DONE", 3)
    assert staged_rows.count_staged(row.pk) == 0


def test_a_preview_whose_rows_are_gone_is_checked_again(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(3), preview=True)
    staged_rows.clear([row.pk])
    start_import.apply(row=row)
    run_import.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.counts["tracks_created"]) == ("DONE", 3)


@pytest.mark.parametrize("steps", range(1, 12))
def test_an_import_that_was_killed_goes_on_where_it_was(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(apply_rows, "RANGE", 20)
    row = begin(organisation, tmp_path, catalogue(50))
    seen: list[str] = []

    def killed(now: CatalogueImport) -> None:
        seen.append(now.status)
        if len(seen) == steps:
            raise Killed

    with pytest.raises(Killed):
        run_import.run(row.pk, on_step=killed)
    run_import.run(row.pk)
    row.refresh_from_db()
    assert row.status == "DONE"
    assert row.counts["tracks_created"] == row.counts["tracks_new"] == 50
    assert row.counts["places_changed"] == 50
    assert totals(organisation)[:2] == (50, 5)


def test_rows_lost_in_a_crash_of_the_database_are_staged_again(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_rows, "RANGE", 20)
    row = begin(organisation, tmp_path, catalogue(50))

    def killed(now: CatalogueImport) -> None:
        if now.step == 2 and now.applied_to == 40:
            raise Killed

    with pytest.raises(Killed):
        run_import.run(row.pk, on_step=killed)
    staged_rows.clear([row.pk])  # as unlogged tables are after a crash
    run_import.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.counts["tracks_created"], row.counts["releases_created"]) == ("DONE", 50, 5)
    assert totals(organisation)[:2] == (50, 5)


def test_an_import_that_never_ends_is_given_up(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(run_import, "_advance", killed)
    row = begin(organisation, tmp_path, catalogue(1))
    for _ in range(5):
        with pytest.raises(Killed):
            run_import.run(row.pk)
    monkeypatch.undo()
    run_import.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.cause, row.attempts) == ("FAILED", "gave_up", 6)


def test_a_large_import_is_done_in_slices(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_rows, "RANGE", 10)
    row = begin(organisation, tmp_path, catalogue(50))
    slices = 1
    while run_import.run(row.pk, limit=0):
        slices += 1
    row.refresh_from_db()
    assert (row.status, row.counts["tracks_created"], row.attempts) == ("DONE", 50, 0)
    assert slices > 20


def test_an_import_that_has_ended_is_not_run_again(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(3))
    Track.objects.of(organisation).delete()
    run_import.run(row.pk)
    assert totals(organisation)[0] == 0


def test_content_that_was_swapped_is_not_imported(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(3))
    (tmp_path / "other.csv").write_text(catalogue(4))
    storage().upload(tmp_path / "other.csv", row.key)
    run_import.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.cause) == ("FAILED", "object_changed")


# --- at the same time ---


def at_once(*works: Any) -> list[BaseException]:
    """Run each in a thread with its own connection; reslices what they raised."""
    raised: list[BaseException] = []

    def guarded(work: Any) -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=guarded, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.django_db(transaction=True)
def test_one_import_run_twice_at_once_has_one_effect(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_rows, "RANGE", 100)
    row = begin(organisation, tmp_path, catalogue(500))
    assert at_once(lambda: run_import.run(row.pk), lambda: run_import.run(row.pk)) == []
    run_import.run(row.pk)  # both may have found the other at work
    row.refresh_from_db()
    assert row.status == "DONE"
    assert row.counts["tracks_created"] == row.counts["tracks_new"] == 500
    assert totals(organisation)[:2] == (500, 50)


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_nothing_twice(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_rows, "RANGE", 100)
    first = begin(organisation, tmp_path, catalogue(500))
    lines = catalogue(500).splitlines()
    second = begin(organisation, tmp_path, "\n".join([lines[0], *reversed(lines[1:])]))
    assert at_once(lambda: run_import.run(first.pk), lambda: run_import.run(second.pk)) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("DONE", "DONE")
    assert first.counts["tracks_created"] + second.counts["tracks_created"] == 500
    assert first.counts["releases_created"] + second.counts["releases_created"] == 50
    assert totals(organisation)[:2] == (500, 50)


@pytest.mark.django_db(transaction=True)
def test_an_import_that_another_process_has_locked_is_left_alone(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(1))
    with transaction.atomic():
        CatalogueImport.everything.select_for_update().get(pk=row.pk)
        assert at_once(lambda: run_import.run(row.pk)) == []
    row.refresh_from_db()
    assert (row.status, row.attempts) == (ImportStatus.CHECKING, 0)


# --- many ---


def test_fifty_thousand_rows_take_few_queries_and_little_time(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(50_000))
    started = time.monotonic()
    with CaptureQueriesContext(connection) as captured:
        run_import.run(row.pk)
    assert time.monotonic() - started < 60
    assert len(captured) < 120
    row.refresh_from_db()
    assert (row.status, row.counts["tracks_created"], row.counts["releases_created"]) == ("DONE", 50_000, 5_000)
    assert totals(organisation) == (50_000, 5_000, 186 + 7, 150_000, 50_000)
