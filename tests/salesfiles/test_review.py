"""Decisions that only a person makes: accept after review, cancel."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Organisation
from salesfiles.errors import InvalidTransition
from salesfiles.services.processing import reimport
from salesfiles.services.review import accept_after_review, cancel
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed_file,
    finalized_file,
    finish,
    job_of,
    new_file,
    processed_file,
)


def test_a_processed_file_can_be_accepted_after_review(organisation: Organisation) -> None:
    file = processed_file(organisation)
    accept_after_review(file=file, actor="alice")
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == ("FINALIZED", "accepted_after_review", 1)
    assert [check["name"] for check in file.checks if not check["tied"]] == ["lines imported = lines accepted"]
    last = file.history.last()
    assert last
    assert last.actor == "alice"


def test_an_accepted_reimport_has_its_own_totals(organisation: Organisation) -> None:
    from tests.salesfiles.glider_stand_in import imported

    file = finalized_file(organisation)
    reimport(file=file)
    finish(job_of(file))
    finish(job_of(file), imported(job_of(file), total_rows=3))
    accept_after_review(file=file, actor="alice")
    file.refresh_from_db()
    assert (file.total_rows, file.live_revision) == (3, 2)


@pytest.mark.parametrize("make", [new_file, cleaning_file, failed_file, finalized_file])
def test_only_a_processed_file_can_be_accepted(organisation: Organisation, make: Any) -> None:
    with pytest.raises(InvalidTransition):
        accept_after_review(file=make(organisation), actor="alice")


def test_a_cancelled_file_fails_and_its_job_is_closed(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    job = job_of(file)
    cancel(file=file, actor="alice")
    file.refresh_from_db()
    job.refresh_from_db()
    assert (file.status, file.status_cause, file.error_message) == ("FAILED", "cancelled", "Cancelled by alice.")
    assert job.state == "CANCELLED"


@pytest.mark.parametrize("make", [new_file, failed_file, processed_file, finalized_file])
def test_what_is_not_on_its_way_cannot_be_cancelled(organisation: Organisation, make: Any) -> None:
    with pytest.raises(InvalidTransition):
        cancel(file=make(organisation), actor="alice")
