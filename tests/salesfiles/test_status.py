"""The status machine: the ten statuses and the changes that are allowed."""

from __future__ import annotations

from itertools import product

import pytest

from accounts.models import Organisation
from salesfiles.errors import InvalidTransition
from salesfiles.models import SalesFile, StatusChange
from salesfiles.status import ALLOWED, AT_REST, CANCELLABLE, WORKING, Status
from tests.salesfiles.glider_stand_in import new_file

ARROWS = {
    ("INITIALIZED", "UPLOADING"),
    ("UPLOADING", "UPLOADED"),
    ("UPLOADED", "CLEANING"),
    ("CLEANING", "CLEANED"),
    ("CLEANED", "PROCESSING"),
    ("PROCESSING", "PROCESSED"),
    ("PROCESSED", "FINALIZED"),
    ("UPLOADING", "FAILED"),
    ("UPLOADED", "FAILED"),
    ("CLEANING", "FAILED"),
    ("CLEANED", "FAILED"),
    ("PROCESSING", "FAILED"),
    ("REIMPORT", "FAILED"),
    ("FAILED", "UPLOADING"),
    ("FAILED", "REIMPORT"),
    ("PROCESSED", "REIMPORT"),
    ("FINALIZED", "REIMPORT"),
    ("REIMPORT", "CLEANING"),
}


def in_status(organisation: Organisation, status: str) -> SalesFile:
    file = new_file(organisation)
    SalesFile.everything.filter(pk=file.pk).update(status=status)
    file.refresh_from_db()
    return file


def test_the_machine_has_the_ten_published_statuses() -> None:
    assert len(Status) == 10
    assert set(ALLOWED) == set(Status)


@pytest.mark.parametrize(("old", "new"), list(product(Status.values, Status.values)))
def test_only_these_changes_are_allowed(organisation: Organisation, old: str, new: str) -> None:
    file = in_status(organisation, old)
    if (old, new) in ARROWS:
        file.move_to(Status(new), cause="why", message="in words", actor="alice")
        written = StatusChange.objects.of(organisation).values_list("from_status", "to_status", "cause", "actor")
        assert list(written) == [(old, new, "why", "alice")]
    else:
        with pytest.raises(InvalidTransition):
            file.move_to(Status(new))
        assert not StatusChange.objects.of(organisation).exists()
    file.refresh_from_db()
    assert file.status == (new if (old, new) in ARROWS else old)


def test_every_status_is_at_rest_or_at_work() -> None:
    assert set(Status) == AT_REST | WORKING
    assert set(CANCELLABLE) == {old for old, new in ARROWS if new == "FAILED"}
