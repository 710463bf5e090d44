"""`manage.py verify_totals`: what is right is reported as equal, and a planted difference is found."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.totals.driving import processed
from tests.upkeep.verification.planted import (
    artists,
    ledger,
    lost_totals,
    not_live,
    parquet,
    row,
    run,
    sale,
    snapshot,
    snapshot_rows,
    totals,
)
from totals.models import SummaryScope
from upkeep.verification.verify import verify


def test_what_is_right_is_reported_as_equal(files: list[SalesFile]) -> None:
    assert run() == (0, "All totals of 3 sales files are equal to what their lines add up to.")


def test_it_stays_right_over_reimports_and_deletes(organisation: Organisation, files: list[SalesFile]) -> None:
    reimport(file=files[0])
    assert run()[0] == 0
    processed(files[0])
    assert run()[0] == 0
    finalise(files[0].pk)
    assert run()[0] == 0
    activate(files[0].pk)
    delete_file(file=files[1])
    assert run() == (0, "All totals of 2 sales files are equal to what their lines add up to.")


def test_without_files_all_is_equal(organisation: Organisation) -> None:
    assert run("--organisation", str(organisation.pk))[0] == 0


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (row, ["total_local", "1.5"]),
        (artists, ["total_artists", "77"]),
        (ledger, ["counted revision", "None"]),
        (totals, ["totals by period", "not the same"]),
        (lost_totals, ["totals by period", "lost"]),
        (parquet, ["Parquet", "lost"]),
        (snapshot, ["snapshot", "total_local"]),
        (snapshot_rows, ["snapshot", "by track"]),
        (sale, ["sales of 2025-", "revenue"]),
        (not_live, ["sales documents"]),
    ],
)
def test_a_difference_of_one_file_is_found(
    files: list[SalesFile], plant: Callable[[SalesFile], None], words: list[str]
) -> None:
    plant(files[1])
    code, printed = run()
    assert code == 1
    assert [word for word in words if word not in printed] == []


def test_only_the_organisation_that_is_named_is_looked_at(
    organisation: Organisation, other_organisation: Organisation, files: list[SalesFile]
) -> None:
    row(files[0])
    assert run("--organisation", str(other_organisation.pk))[0] == 0
    assert run("--organisation", organisation.name)[0] == 1
    assert run("--organisation", "nobody") == (2, "There is no organisation nobody.")


def test_the_difference_of_one_digit_in_the_last_place_is_found(files: list[SalesFile]) -> None:
    total = files[0].total_local or Decimal(0)
    SalesFile.everything.filter(pk=files[0].pk).update(total_local=total + Decimal("1e-18"))
    (difference,) = verify(files[0].organisation).differences
    assert (difference.what, Decimal(difference.kept) - Decimal(difference.found)) == ("total_local", Decimal("1e-18"))


def test_when_a_service_is_down_nothing_is_claimed(files: list[SalesFile], monkeypatch: pytest.MonkeyPatch) -> None:
    from oas.kernel.storage import Storage, StorageError

    def refuse(*args: object) -> None:
        raise StorageError("no answer")

    monkeypatch.setattr(Storage, "fetch", refuse)
    assert run() == (2, "A part is down: no answer")


def test_files_that_keep_changing_are_reported(files: list[SalesFile], organisation: Organisation) -> None:
    from upkeep.verification.verify import KeptChanging

    def touch() -> None:
        scope = SummaryScope.objects.of(organisation).get()
        SummaryScope.objects.of(organisation).update(version=scope.version + 1)

    with pytest.raises(KeptChanging):
        verify(organisation, done=touch)
