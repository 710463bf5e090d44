"""Files of which too much was rejected wait for a person: by lines, and by the money that can be read on them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import CleaningResult
from oas.kernel.documents import documents, snapshot_id
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from salesfiles.services.many_rejects import describe_many
from salesfiles.services.processing import reimport
from tests.glider.driving import distrokid
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import answer, processed

pytestmark = pytest.mark.django_db(transaction=True)
JOB = UUID(int=1)


def figures(accepted: int, rejected: int, skipped: int = 0, **money: tuple[str, str]) -> CleaningResult:
    """`money`: currency → (rejected, all of it); `unknown` has no currency."""
    named = {("" if name == "unknown" else name): pair for name, pair in money.items()}
    return CleaningResult(
        job=JOB,
        accepted=accepted,
        rejected=rejected,
        skipped=skipped,
        money_rejected={name: Decimal(part) for name, (part, _) in named.items()},
        money_read={name: Decimal(whole) for name, (_, whole) in named.items()},
    )


@pytest.mark.parametrize(
    ("found", "most", "waits"),
    [
        (figures(99, 1), "1", False),
        (figures(98, 1), "1", True),
        (figures(99, 1, skipped=1000), "1", False),
        (figures(9, 1, skipped=1000), "1", True),  # lines that are no sales do not hide it
        (figures(10**6, 1), "0", True),
        (figures(10**6, 0), "0", False),
        (figures(1, 99), "100", False),
        (figures(999, 1, EUR=("1", "100")), "1", False),
        (figures(999, 1, EUR=("1.000000000000000001", "100")), "1", True),
        (figures(999, 1, EUR=("0", "100"), USD=("2", "100")), "1", True),  # each currency by itself
        (figures(999, 1, EUR=("0", "0")), "1", False),
        (figures(999, 1, EUR=("0", "100"), unknown=("5", "5")), "1", True),
        (figures(999, 1, EUR=("0", "1000000"), unknown=("5", "5")), "1", False),
        (figures(0, 0), "0", False),
        (figures(10**12 * 3 - 1, 1), "0.0001", False),
    ],
)
def test_the_share_is_decided_exactly(found: CleaningResult, most: str, waits: bool) -> None:
    assert bool(describe_many(found, Decimal(most))) == waits


def test_the_message_has_the_shares() -> None:
    text = describe_many(figures(10, 12, USD=("1234.5", "2000")), Decimal(1))
    assert text == (
        "Rejected were 12 of 22 lines (54.55 %), and 1234.5 of 2000 USD (61.72 %); up to 1 % may be. "
        "Look at the rejected lines: accept the file as it is, or mend it and send it again."
    )


# --- from the file on ---


def content(good: int, bad: int, *, net: str = "0.01", bad_month: str = "soon", bad_net: str = "0.01") -> str:
    lines = [f"2025-01|Spotify|Song {n}|QZAAA25{n:05}||1|{net}" for n in range(good)]
    lines += [f"{bad_month}|Spotify|Song|QZAAA2599999||1|{bad_net}" for _ in range(bad)]
    return distrokid(*lines)


def sent(organisation: Organisation, text: str) -> SalesFile:
    file = processed(cleaning_file(organisation, content=text.encode(), filename="sales.tsv"))
    finalise(file.pk)
    file.refresh_from_db()
    return file


def test_a_file_with_more_than_one_percent_of_rejected_lines_waits(organisation: Organisation) -> None:
    file = sent(organisation, content(98, 1, bad_net="0.000001"))
    assert (file.status, file.status_cause) == ("PROCESSED", "many_rejects")
    assert file.error_message.startswith("Rejected were 1 of 99 lines (1.01 %); up to 1 % may be.")
    last = file.history.last()
    assert last
    assert (last.to_status, last.cause) == ("PROCESSED", "many_rejects")
    assert Decimal(answer(organisation)["total_gross_exact"]) == 0


def test_one_percent_of_the_lines_may_be_rejected(organisation: Organisation) -> None:
    assert sent(organisation, content(99, 1)).status == "FINALIZED"


@pytest.mark.parametrize("amount", ["5", "-5"])
def test_a_single_line_with_much_of_the_money_makes_a_file_wait(organisation: Organisation, amount: str) -> None:
    file = sent(organisation, content(999, 1, bad_net=amount))
    assert (file.status, file.status_cause) == ("PROCESSED", "many_rejects")
    assert "5 of 14.99 USD (33.36 %)" in file.error_message


def test_lines_without_a_readable_amount_count_as_lines(organisation: Organisation) -> None:
    text = content(999, 1, bad_month="2025-01", bad_net="n/a")
    assert sent(organisation, text).status == "FINALIZED"


def test_an_organisation_may_let_no_rejected_line_pass(organisation: Organisation) -> None:
    organisation.most_rejected = Decimal(0)
    organisation.save()
    file = sent(organisation, content(999, 1))
    assert (file.status, file.status_cause) == ("PROCESSED", "many_rejects")


def test_a_file_that_is_accepted_counts_without_the_rejected_lines(
    organisation: Organisation, key_api: APIClient
) -> None:
    file = sent(organisation, content(10, 12))
    assert file.actions == ["reimport", "accept"]
    response = key_api.post(f"/api/files/salesfiles/{file.pk}/process/", {"action": "accept"}, format="json")
    assert (response.status_code, response.json()["status"]) == (202, "FINALIZED")
    file.refresh_from_db()
    assert (file.status_cause, file.total_local) == ("accepted_after_review", Decimal("0.1"))
    assert Decimal(answer(organisation)["total_gross_exact"]) == Decimal("0.1")


def test_a_file_is_judged_by_the_share_of_today_when_it_is_imported_again(organisation: Organisation) -> None:
    file = sent(organisation, content(10, 12))
    organisation.most_rejected = Decimal(60)
    organisation.save()
    reimport(file=SalesFile.everything.get(pk=file.pk))
    processed(file)
    assert finalise(file.pk)
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FINALIZED", "")


def test_the_header_of_the_snapshot_has_the_money_that_was_rejected(organisation: Organisation) -> None:
    file = sent(organisation, content(999, 1, bad_net="-5"))
    header = documents().get("snapshots", snapshot_id(file.uuid, 1))
    assert header
    assert {name: Decimal(value) for name, value in header["money_rejected"].items()} == {"USD": Decimal(5)}
    assert {name: Decimal(value) for name, value in header["money_read"].items()} == {"USD": Decimal("14.99")}
