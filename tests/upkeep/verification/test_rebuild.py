"""`manage.py rebuild_summary`: the totals over all files are counted again."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.totals.driving import finalized, random_content
from tests.upkeep.verification.planted import (
    entry,
    gap,
    ledger,
    lost_entry,
    run,
    scope,
    source,
)
from totals.models import CountedFile, SummaryEntry


@pytest.mark.parametrize("plant", [ledger, entry, lost_entry, gap, scope, source])
def test_a_rebuild_mends_the_summary(files: list[SalesFile], plant: Callable[[SalesFile], None]) -> None:
    plant(files[1])
    out = io.StringIO()
    call_command("rebuild_summary", stdout=out, stderr=io.StringIO())
    assert out.getvalue().strip() == "3 sales files are counted."
    assert run()[0] == 0


def test_a_rebuild_changes_nothing_of_what_is_right(
    files: list[SalesFile], organisation: Organisation, other_organisation: Organisation
) -> None:
    other = finalized(other_organisation, random_content(1))
    before = sorted(SummaryEntry.objects.values_list("dimension", "period", "files", "rows", "revenue"))
    call_command("rebuild_summary", "--organisation", str(organisation.pk), stdout=io.StringIO(), stderr=io.StringIO())
    assert sorted(SummaryEntry.objects.values_list("dimension", "period", "files", "rows", "revenue")) == before
    assert CountedFile.everything.filter(file=other).exists()


def test_a_rebuild_without_storage_changes_nothing(files: list[SalesFile], monkeypatch: pytest.MonkeyPatch) -> None:
    from oas.kernel.storage import Storage, StorageError

    def refuse(*args: object) -> bytes:
        raise StorageError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "get_bytes", refuse)
        with pytest.raises(CommandError, match="nothing of Label A was changed"):
            call_command("rebuild_summary", stdout=io.StringIO(), stderr=io.StringIO())
    assert run()[0] == 0
