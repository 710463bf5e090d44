"""Totals at their bounds: what is too large to be counted waits for a person, and the ledger stays right."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import Cause
from oas.kernel.amounts import LARGEST_OF_ALL, LARGEST_OF_FILE
from salesfiles.models import SalesFile
from salesfiles.services.acceptance import accept_after_review
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from salesfiles.services.sweeping import sweep_files
from salesfiles.status import Status
from tests.glider.driving import distrokid
from tests.salesfiles.finalisations import is_right, statuses
from tests.salesfiles.glider_stand_in import cleaning_file, finish, imported, job_of
from tests.totals.driving import answer, processed, run_job
from totals.models import SummaryEntry
from upkeep.verification.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)
LARGEST_LINE = Decimal(10) ** 11


def content(*amounts: Decimal | str, song: str = "Song") -> str:
    """A line for each amount, of an artist and a track of the same name in every file."""
    return distrokid(*(f"2025-01|Spotify|{song}|QZAAA2500001|198000000001|1|{amount}" for amount in amounts))


def file_of(organisation: Organisation, text: str, rate: str | None = None) -> SalesFile:
    """A PROCESSED file, imported at `rate`."""
    fields = {} if rate is None else {"exchange_rate": Decimal(rate)}
    return processed(cleaning_file(organisation, content=text.encode(), filename="sales.tsv", **fields))


def swept(file: SalesFile) -> SalesFile:
    """`file` after a sweep that finds it untouched for a day."""
    SalesFile.everything.filter(pk=file.pk).update(updated_at=timezone.now() - timedelta(days=1))
    before = SalesFile.everything.get(pk=file.pk).version
    sweep_files()
    file.refresh_from_db()
    assert file.version == before
    return file


def test_a_file_at_the_bound_is_finalised(organisation: Organisation) -> None:
    file = file_of(organisation, content(LARGEST_LINE), "1000000")
    assert finalise(file.pk)
    file.refresh_from_db()
    assert (file.status, file.total_local) == ("FINALIZED", LARGEST_OF_FILE)
    assert Decimal(answer(organisation)["total_gross_exact"]) == LARGEST_OF_FILE
    assert verify(organisation).differences == []


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_file_past_the_bound_waits_for_a_person(organisation: Organisation, key_api: APIClient, sign: str) -> None:
    """9 x 10^19: a rate that is wrong by nine places."""
    file = file_of(organisation, content(f"{sign}90000000000"), "1000000000")
    assert (file.status, file.status_cause) == ("PROCESSED", "totals_too_large")
    assert file.error_message == (
        f"The file comes to {sign}90000000000000000000; no file may come to more than 100,000,000,000,000,000 in a "
        "month or in all. Import it again with another exchange rate, or delete it."
    )
    assert finalise(file.pk) is False
    assert swept(file).status == "PROCESSED"
    with pytest.raises(Exception, match="acceptance after review"):
        accept_after_review(file=file, actor="root")
    assert key_api.delete(f"/api/files/salesfiles/{file.pk}/").status_code == 204
    assert not SummaryEntry.objects.exists()


def test_three_files_that_would_wrap_around_together_are_not_counted(organisation: Organisation) -> None:
    texts = [content("90000000000", song=f"Song {n}") for n in range(3)]
    files = [file_of(organisation, text, "1000000000") for text in texts]
    right = content("1.5", song="Another")
    last = file_of(organisation, right)
    for file in (*files, last):
        finalise(file.pk)
    assert statuses(*files, last) == ["PROCESSED"] * 3 + ["FINALIZED"]
    assert is_right(organisation, right)


def test_a_file_past_the_bound_is_imported_again_with_another_rate(organisation: Organisation) -> None:
    file = file_of(organisation, content("90000000000"), "1000000000")
    file.change(exchange_rate=Decimal("1.5"))
    reimport(file=file)
    processed(file)
    assert finalise(file.pk)
    file.refresh_from_db()
    assert (file.status, file.total_local) == ("FINALIZED", Decimal("135000000000"))


@pytest.fixture
def nearly_full(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> SalesFile:
    """A live file that leaves the organisation room for 10^17 more."""
    file = file_of(organisation, content(LARGEST_LINE, song="First"), "1000000")
    assert finalise(file.pk)
    SummaryEntry.objects.update(revenue=LARGEST_OF_ALL - LARGEST_OF_FILE - 1)
    return file


def test_a_file_that_brings_the_organisation_past_its_bound_waits_for_a_person(
    organisation: Organisation, nearly_full: SalesFile, key_api: APIClient
) -> None:
    fits = file_of(organisation, content(LARGEST_LINE, song="Second"), "1000000")
    assert finalise(fits.pk)
    total = SummaryEntry.objects.values_list("revenue", flat=True).order_by("-revenue")[0]
    assert total == LARGEST_OF_ALL - 1
    over = file_of(organisation, content("1.000000000000000001", song="Third"))
    assert finalise(over.pk) is False
    over.refresh_from_db()
    assert (over.status, over.status_cause) == ("PROCESSED", "totals_too_large")
    assert over.error_message == (
        "With this file, totals of the organisation would come to more than 10,000,000,000,000,000,000. "
        "Import it again with another exchange rate, or delete it."
    )
    assert swept(over).status == "PROCESSED"
    assert SummaryEntry.objects.order_by("-revenue")[0].revenue == total
    assert key_api.delete(f"/api/files/salesfiles/{over.pk}/").status_code == 204
    assert key_api.delete(f"/api/files/salesfiles/{fits.pk}/").status_code == 204
    assert key_api.delete(f"/api/files/salesfiles/{nearly_full.pk}/").status_code == 204


def test_fifty_files_at_the_bound_are_finalised_together(organisation: Organisation) -> None:
    files = [file_of(organisation, content(LARGEST_LINE, song=f"Song {n}"), "1000000") for n in range(50)]
    assert finalise(files[0].pk)
    assert statuses(*files) == ["FINALIZED"] * 50
    assert Decimal(answer(organisation)["total_gross_exact"]) == 50 * LARGEST_OF_FILE
    assert verify(organisation).differences == []


def lines_past_the_bound() -> list[list[Any]]:
    return [[LARGEST_LINE], ["90000000000", "90000000000"], ["90000000000", "-90000000000"]]


@pytest.mark.parametrize("amounts", lines_past_the_bound(), ids=["a line", "a sum", "lines that cancel out"])
def test_lines_that_cannot_be_added_up_fail_with_a_reason(organisation: Organisation, amounts: list[Any]) -> None:
    text = content(*amounts)
    file = cleaning_file(organisation, content=text.encode(), filename="sales.tsv", exchange_rate=Decimal("1000000000"))
    run_job(file)
    run_job(file)
    assert (file.status, file.status_cause) == (Status.FAILED, Cause.TOTALS_TOO_LARGE)
    assert file.error_message.startswith("At these exchange rates the file comes to more than 10^20.")


def test_what_makes_a_file_wait_is_in_its_history(organisation: Organisation, nearly_full: SalesFile) -> None:
    SummaryEntry.objects.update(revenue=LARGEST_OF_ALL - 1)
    over = file_of(organisation, content("1.5", song="Third"))
    assert finalise(over.pk) is False
    over.refresh_from_db()
    last = over.history.last()
    assert last
    assert (last.from_status, last.to_status, last.cause, last.actor) == (
        "PROCESSED",
        "PROCESSED",
        "totals_too_large",
        "glider",
    )
    assert last.message == over.error_message


@pytest.mark.parametrize("total", ["99999999999999999999.999999999999999999", "9999999999999999999"])
def test_a_file_with_a_very_negative_total_can_be_deleted(
    organisation: Organisation, key_api: APIClient, total: str
) -> None:
    """Taking it off brings the organisation past every bound."""
    file = file_of(organisation, content(f"-{LARGEST_LINE}"), "1000000")
    assert finalise(file.pk)
    more = file_of(organisation, content("1.5"))
    assert finalise(more.pk)
    SummaryEntry.objects.update(revenue=Decimal(total))
    assert key_api.delete(f"/api/files/salesfiles/{file.pk}/").status_code == 204
    found = set(SummaryEntry.objects.filter(dimension=0).values_list("revenue", flat=True))
    assert {amount - Decimal(total) for amount in found} == {LARGEST_OF_FILE}


def test_past_the_bound_only_what_brings_the_total_nearer_to_zero_is_added(organisation: Organisation) -> None:
    assert finalise(file_of(organisation, content("1.5")).pk)
    SummaryEntry.objects.update(revenue=2 * LARGEST_OF_ALL)
    assert finalise(file_of(organisation, content("0.5")).pk) is False
    assert finalise(file_of(organisation, content("-0.5")).pk)


@pytest.mark.parametrize("name", ["net", "gross"])
def test_a_file_whose_own_currency_comes_to_too_much_waits_too(organisation: Organisation, name: str) -> None:
    """Reports add up net and gross as well, which a small rate does not make small."""
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    result = imported(job)
    part = result.parts[0].model_copy(update={name: LARGEST_OF_FILE + 1})
    finish(job, result.model_copy(update={"parts": [part]}))
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("PROCESSED", "totals_too_large")
