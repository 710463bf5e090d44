"""`manage.py verify_totals`: nothing to say of what is right, and every kind of planted difference is found."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.totals.damage import doubled
from tests.totals.driving import finalized, processed, random_content
from totals.models import CountedFile, Dimension, SummaryEntry, SummaryGap, SummaryScope, SummarySource
from upkeep.verification.verify import verify


@pytest.fixture
def files(organisation: Organisation) -> list[SalesFile]:
    """Three, settled; the second in another currency's rate."""
    rates = (None, Decimal("0.9234567"), None)
    found = [
        finalized(organisation, random_content(seed), exchange_rate=rate, reporting_period=f"2025-0{seed + 1}")
        for seed, rate in enumerate(rates)
    ]
    for file in found:
        activate(file.pk)
    return found


def run(*words: str) -> tuple[int, str]:
    """Exit code, and what was printed."""
    out = io.StringIO()
    try:
        call_command("verify_totals", *words, stdout=out, stderr=io.StringIO())
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue().strip()


def test_what_is_right_is_said_to_be(files: list[SalesFile]) -> None:
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


def row(file: SalesFile) -> None:
    SalesFile.everything.filter(pk=file.pk).update(total_local=Decimal("1.5"))


def artists(file: SalesFile) -> None:
    SalesFile.everything.filter(pk=file.pk).update(total_artists=77)


def ledger(file: SalesFile) -> None:
    CountedFile.everything.filter(file=file).delete()


def totals(file: SalesFile) -> None:
    doubled(CountedFile.everything.get(file=file).totals_key)


def lost_totals(file: SalesFile) -> None:
    storage().delete(CountedFile.everything.get(file=file).totals_key)


def parquet(file: SalesFile) -> None:
    sale = next(documents().find("sales", {"uuid": file.uuid}))
    storage().delete(sale["key"])


def snapshot(file: SalesFile) -> None:
    documents().update("snapshots", snapshot_id(file.uuid, 1), {"total_local": "1.5"})


def snapshot_rows(file: SalesFile) -> None:
    found = next(documents().find("snapshot_rows", {"snapshot": snapshot_id(file.uuid, 1), "dimension": "track"}))
    found["columns"]["revenue"][0] = "1.5"
    documents().replace("snapshot_rows", found)


def sale(file: SalesFile) -> None:
    found = next(documents().find("sales", {"uuid": file.uuid}))
    documents().update("sales", found["_id"], {"revenue": "1.5"})


def not_live(file: SalesFile) -> None:
    found = next(documents().find("sales", {"uuid": file.uuid}))
    documents().update("sales", found["_id"], {"live": False})


def entry(file: SalesFile) -> None:
    tracks = SummaryEntry.objects.filter(dimension=Dimension.TRACK, period=202502)
    tracks.filter(pk=tracks.values_list("pk", flat=True)[0]).update(revenue=Decimal("1.5"))


def lost_entry(file: SalesFile) -> None:
    artists = SummaryEntry.objects.filter(dimension=Dimension.ARTIST, period=0)
    artists.filter(pk=artists.values_list("pk", flat=True)[0]).delete()


def gap(file: SalesFile) -> None:
    SummaryGap.objects.filter(dimension=Dimension.TRACK, previous=0, period=202501).update(keys=999)


def scope(file: SalesFile) -> None:
    SummaryScope.objects.unscoped().update(files=9)


def source(file: SalesFile) -> None:
    SummarySource.objects.filter(period=202502).delete()


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
        (entry, ["summary, track", "2025-02", "revenue", "1.5"]),
        (lost_entry, ["summary, artist", "all time", "files"]),
        (gap, ["distinct keys, 0 to 202501", "999"]),
        (scope, ["summary", "files", "9"]),
        (source, ["files of distrokid for 2025-02"]),
    ],
)
def test_a_planted_difference_is_found(
    files: list[SalesFile], plant: Callable[[SalesFile], None], words: list[str]
) -> None:
    plant(files[1])
    code, said = run()
    assert code == 1
    assert [word for word in words if word not in said] == []


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


def test_when_a_part_is_down_nothing_is_claimed(files: list[SalesFile], monkeypatch: pytest.MonkeyPatch) -> None:
    from oas.kernel.storage import Storage, StorageError

    def refuse(*args: object) -> None:
        raise StorageError("no answer")

    monkeypatch.setattr(Storage, "fetch", refuse)
    assert run() == (2, "A part is down: no answer")


def test_when_files_keep_coming_it_says_so(files: list[SalesFile], organisation: Organisation) -> None:
    from upkeep.verification.verify import KeptChanging

    def touch() -> None:
        scope = SummaryScope.objects.of(organisation).get()
        SummaryScope.objects.of(organisation).update(version=scope.version + 1)

    with pytest.raises(KeptChanging):
        verify(organisation, done=touch)


# --- and made right again ---


@pytest.mark.parametrize("plant", [ledger, entry, lost_entry, gap, scope, source])
def test_counting_anew_mends_the_summary(files: list[SalesFile], plant: Callable[[SalesFile], None]) -> None:
    plant(files[1])
    out = io.StringIO()
    call_command("rebuild_summary", stdout=out, stderr=io.StringIO())
    assert out.getvalue().strip() == "3 sales files are counted."
    assert run()[0] == 0


def test_counting_anew_changes_nothing_of_what_is_right(
    files: list[SalesFile], organisation: Organisation, other_organisation: Organisation
) -> None:
    other = finalized(other_organisation, random_content(1))
    before = sorted(SummaryEntry.objects.values_list("dimension", "period", "files", "rows", "revenue"))
    call_command("rebuild_summary", "--organisation", str(organisation.pk), stdout=io.StringIO(), stderr=io.StringIO())
    assert sorted(SummaryEntry.objects.values_list("dimension", "period", "files", "rows", "revenue")) == before
    assert CountedFile.everything.filter(file=other).exists()


def test_counting_anew_without_storage_changes_nothing(files: list[SalesFile], monkeypatch: pytest.MonkeyPatch) -> None:
    from oas.kernel.storage import Storage, StorageError

    def refuse(*args: object) -> bytes:
        raise StorageError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "get_bytes", refuse)
        with pytest.raises(CommandError, match="nothing of Label A was changed"):
            call_command("rebuild_summary", stdout=io.StringIO(), stderr=io.StringIO())
    assert run()[0] == 0
