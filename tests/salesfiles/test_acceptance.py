"""Files that a person accepts after review."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Organisation
from salesfiles.errors import InvalidTransition
from salesfiles.services.acceptance import accept_after_review
from salesfiles.services.processing import reimport
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
