"""Files that a person cancels on their way."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Organisation
from salesfiles.errors import InvalidTransition
from salesfiles.services.cancellation import cancel
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed_file,
    finalized_file,
    job_of,
    new_file,
    processed_file,
)


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
