"""Which exchange rates a sales file is imported with, what is said of them, and that none is ever made up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation
from accounts.services import create_organisation
from glider.contract import ImporterResult
from jobs.services import finishing
from jobs.services.results import read_result
from oas.kernel.amounts import format_amount
from rates.models import Rate
from salesfiles.models import SalesFile
from salesfiles.services.files import change_details
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process, reimport
from salesfiles.services.sweeping import sweep_files
from salesfiles.status import Action
from tests.rates import ecb
from tests.salesfiles.glider_stand_in import cleaned, cleaning_file, finalized_file, finish, imported, job_of, leave

ROUTE = "/api/files/salesfiles/"
MIXED = {"USD": Decimal("3.00"), "EUR": Decimal("0.75")}
UNLISTED: dict[str, Any] = {"net_by_currency": {"ARS": Decimal("3.75")}}  # the ECB does not quote it


def known(currency: str, period: str, units: str) -> None:
    Rate.objects.create(currency=currency, period=period, units=Decimal(units))


def cleaned_file(organisation: Organisation, found: dict[str, Any] | None = None, **fields: Any) -> SalesFile:
    """Its importer has been asked for, or was not."""
    file = cleaning_file(organisation, **fields)
    job = job_of(file)
    finish(job, cleaned(job, **(found or {})))
    file.refresh_from_db()
    return file


def rates_of(file: SalesFile) -> dict[str, str]:
    job = job_of(file)
    assert job.module == "importer"
    return dict(job.message["exchange_rates"])


@pytest.fixture
def organisation(db: None) -> Organisation:
    """Label A keeps its books in euros; its files are in dollars."""
    return create_organisation(name="Label A", currency="EUR")[0]


@pytest.fixture
def in_dollars(organisation: Organisation) -> Organisation:
    organisation.currency = "USD"
    organisation.save()
    return organisation


def test_the_reference_rate_of_the_month_comes_with_oas(organisation: Organisation) -> None:
    file = cleaned_file(organisation)
    rate = ecb.price("USD", "2025-01")
    assert (rates_of(file), file.exchange_rate, file.rate) == ({"USD": format_amount(rate)}, None, rate)
    assert file.rates == [
        {
            "currency": "USD",
            "to_currency": "EUR",
            "rate": format_amount(rate),
            "origin": "reference",
            "period": "2025-01",
            "source": f"ECB, USD: mean of {len(ecb.days('USD', '2025-01'))} days",
        }
    ]


def test_the_organisations_own_currency_is_one(in_dollars: Organisation) -> None:
    file = cleaned_file(in_dollars)
    assert rates_of(file) == {"USD": "1"}
    assert [(rate["rate"], rate["origin"], rate["source"]) for rate in file.rates] == [("1", "same_currency", "")]


def test_a_given_rate_is_used_as_given(organisation: Organisation) -> None:
    file = cleaned_file(organisation, exchange_rate=Decimal("0.92"))
    assert (rates_of(file), file.used_rate) == ({"USD": "0.92"}, Decimal("0.92"))
    assert [(rate["rate"], rate["origin"], rate["period"]) for rate in file.rates] == [("0.92", "given", "")]


def test_a_rate_of_one_that_was_given_is_given(organisation: Organisation) -> None:
    file = cleaned_file(organisation, UNLISTED, exchange_rate=Decimal(1))
    assert rates_of(file) == {"ARS": "1"}
    assert [rate["origin"] for rate in file.rates] == ["given"]


@pytest.mark.parametrize(("month", "origin"), [("2022-12", "reference"), ("2023-01", "fixed")])
def test_a_currency_that_became_the_euro_is_converted_at_its_fixed_rate(
    organisation: Organisation, month: str, origin: str
) -> None:
    file = cleaned_file(organisation, {"net_by_currency": {"HRK": Decimal("3.75")}, "periods": [month]})
    assert [(rate["origin"], rate["period"]) for rate in file.rates] == [(origin, month)]


@pytest.mark.parametrize(
    ("found", "reporting_period", "rate"),
    [
        ({"statement_periods": ["2025-02", "2025-03"]}, "2025-04", "0.5"),
        ({"statement_periods": []}, "2025-04", "0.25"),
        ({"statement_periods": [], "periods": ["2024-12", "2025-01"]}, "", "0.8"),
    ],
)
def test_the_month_is_that_of_the_statement_else_of_the_report_else_of_the_sales(
    organisation: Organisation, found: dict[str, Any], reporting_period: str, rate: str
) -> None:
    for period, units in (("2025-03", "2"), ("2025-04", "4"), ("2025-01", "1.25")):
        known("USD", period, units)
    file = cleaned_file(organisation, found, reporting_period=reporting_period)
    assert rates_of(file) == {"USD": rate}


def test_the_rate_found_is_written_on_the_file_and_shown(organisation: Organisation, alice_api: APIClient) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation)
    finish(job_of(file), imported(job_of(file), rate=Decimal("0.8")))
    answer = alice_api.get(f"/api/files/salesfiles/{file.pk}/").json()
    assert (answer["status"], answer["exchange_rate"], answer["total_local"]) == ("FINALIZED", "0.8", "3")


@pytest.mark.parametrize(
    ("currency", "month"),
    [("ARS", "2025-01"), ("RUB", "2022-04"), ("RUB", "2025-01"), ("USD", "1998-12"), ("USD", "2031-01")],
)
def test_without_a_rate_the_file_fails_naming_currency_month_and_the_way_out(
    organisation: Organisation, currency: str, month: str
) -> None:
    file = cleaned_file(organisation, {"net_by_currency": {currency: Decimal("3.75")}, "periods": [month]})
    assert (file.status, file.status_cause) == ("FAILED", "exchange_rate_missing")
    assert file.error_message == (
        f"There is no exchange rate from {currency} to EUR for {month}. Give the file an exchange_rate (1 is one, "
        "too), or load rates (manage.py load_rates, or the admin); then import the file again."
    )
    assert (file.claim, file.rates, file.rate, file.total_local) == (None, None, None, None)
    assert not file.jobs.filter(module="importer").exists()


def test_when_the_rate_is_there_the_file_can_be_imported(organisation: Organisation) -> None:
    file = cleaned_file(organisation, UNLISTED)
    known("ARS", "2025-01", "1250")
    process(file=file, action=Action.IMPORT)
    finish(job_of(file), cleaned(job_of(file), **UNLISTED))
    assert rates_of(file) == {"ARS": "0.0008"}


def test_when_the_rate_was_given_the_file_can_be_imported(organisation: Organisation) -> None:
    file = cleaned_file(organisation, UNLISTED)
    change_details(file=file, details={"exchange_rate": Decimal("0.001")})
    process(file=file, action=Action.REIMPORT)
    finish(job_of(file), cleaned(job_of(file), **UNLISTED))
    assert rates_of(file) == {"ARS": "0.001"}


def test_several_currencies_take_one_rate_each(organisation: Organisation, alice_api: APIClient) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation, {"net_by_currency": MIXED})
    assert rates_of(file) == {"EUR": "1", "USD": "0.8"}
    assert (file.currency, file.used_rate) == ("", None)
    finish(job_of(file), several(job_of(file), Decimal("3.15")))
    answer = alice_api.get(f"/api/files/salesfiles/{file.pk}/").json()
    assert (answer["status"], answer["exchange_rate"], answer["total_local"]) == ("FINALIZED", None, "3.15")


def test_revenue_of_several_currencies_must_tie_with_their_rates(organisation: Organisation) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation, {"net_by_currency": MIXED})
    finish(job_of(file), several(job_of(file), Decimal("3.75")))
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("PROCESSED", "control_totals")


@pytest.mark.parametrize(("given", "cause"), [(None, "exchange_rate_missing"), (Decimal("0.92"), "several_currencies")])
def test_several_currencies_need_a_rate_each(organisation: Organisation, given: Decimal | None, cause: str) -> None:
    """The one that was given cannot be right for all."""
    found = {"net_by_currency": {"USD": Decimal("3.00"), "ARS": Decimal("0.50"), "XAF": Decimal("0.25")}}
    file = cleaned_file(organisation, found, exchange_rate=given)
    assert (file.status, file.status_cause) == ("FAILED", cause)
    assert "There is no exchange rate from ARS and XAF to EUR for 2025-01." in file.error_message
    assert "ARS, USD, XAF, and one exchange rate cannot be right for all" in file.error_message


def test_a_given_rate_is_that_of_none_of_several_currencies(organisation: Organisation) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation, {"net_by_currency": MIXED}, exchange_rate=Decimal(1))
    assert rates_of(file) == {"EUR": "1", "USD": "0.8"}


# --- a rate that is changed later ---


def test_a_rate_changed_later_is_used_by_the_next_reimport(organisation: Organisation, alice_api: APIClient) -> None:
    known("USD", "2025-01", "1.25")
    file = finalized_file(organisation, exchange_rate=Decimal(1))
    assert shown(alice_api, file, "stale", "live_revision") == [False, 1]
    change_details(file=file, details={"exchange_rate": None})
    assert (file.total_local, file.used_rate) == (Decimal("3.75"), 1)
    assert shown(alice_api, file, "stale", "exchange_rate") == [True, "1"]
    reimport(file=file)
    finish(job_of(file))
    assert rates_of(file) == {"USD": "0.8"}
    assert shown(alice_api, file, "stale", "live_revision") == [True, 1]
    finish(job_of(file), imported(job_of(file), rate=Decimal("0.8")))
    assert shown(alice_api, file, "stale", "exchange_rate", "total_local", "live_revision") == [False, "0.8", "3", 2]


def test_a_counted_file_is_stale_until_it_is_reimported_at_the_rate_given_now(
    organisation: Organisation, alice_api: APIClient
) -> None:
    file = finalized_file(organisation, exchange_rate=Decimal(1))
    for rate, stale in (("0.92", True), ("1.000", False), ("2", True)):
        answer = alice_api.patch(f"{ROUTE}{file.pk}/", {"exchange_rate": rate}).json()
        assert (answer["stale"], answer["status"], answer["total_local"]) == (stale, "FINALIZED", "3.75")
        assert [used["rate"] for used in answer["live_exchange_rates"]] == ["1"]
    assert alice_api.get("/api/sales/summary/").json()["total_gross_exact"] == "3.75"
    reimport(file=SalesFile.objects.of(organisation).get())
    finish(job_of(file))
    finish(job_of(file), imported(job_of(file), rate=Decimal(2)))
    assert shown(alice_api, file, "stale", "total_local") == [False, "7.5"]


def test_a_file_at_its_reference_rate_is_stale_when_another_is_given(
    organisation: Organisation, alice_api: APIClient
) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation)
    finish(job_of(file), imported(job_of(file), rate=Decimal("0.8")))
    assert shown(alice_api, file, "status", "stale") == ["FINALIZED", False]
    file.refresh_from_db()
    for rate, stale in ((Decimal("0.81"), True), (Decimal("0.80"), False), (None, False)):
        change_details(file=file, details={"exchange_rate": rate})
        assert shown(alice_api, file, "stale") == [stale]


def test_a_file_in_several_currencies_is_not_stale_as_a_given_rate_is_not_used(
    organisation: Organisation, alice_api: APIClient
) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation, {"net_by_currency": MIXED})
    finish(job_of(file), several(job_of(file), Decimal("3.15")))
    file.refresh_from_db()
    change_details(file=file, details={"exchange_rate": Decimal(2)})
    assert shown(alice_api, file, "stale", "status") == [False, "FINALIZED"]


def test_what_does_not_count_is_not_stale(organisation: Organisation, alice_api: APIClient) -> None:
    file = cleaned_file(organisation, UNLISTED)
    change_details(file=file, details={"exchange_rate": Decimal(2)})
    assert shown(alice_api, file, "stale", "live_revision", "live_exchange_rates") == [False, None, None]


def test_a_file_that_fails_on_reimport_says_what_still_counts(
    organisation: Organisation, alice_api: APIClient, admin: Client
) -> None:
    file = finalized_file(organisation, exchange_rate=Decimal("1"))
    change_details(file=file, details={"exchange_rate": None})
    reimport(file=file)
    finish(job_of(file), cleaned(job_of(file), net_by_currency={"ARS": Decimal("3.75")}))
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("FAILED", "exchange_rate_missing")
    assert file.error_message.endswith("import the file again. Revision 1 still counts: 3.75 EUR.")
    found = alice_api.get(f"{ROUTE}{file.pk}/").json()
    names = ("revision", "live_revision", "total_local", "local_currency", "exchange_rates", "stale")
    assert [found[name] for name in names] == [2, 1, "3.75", "EUR", None, True]
    assert [(used["currency"], used["rate"], used["origin"]) for used in found["live_exchange_rates"]] == [
        ("USD", "1", "given")
    ]
    assert alice_api.get("/api/sales/summary/").json()["total_gross_exact"] == "3.75"
    page = admin.get(f"/admin/salesfiles/salesfile/{file.pk}/change/").content.decode()
    assert "Revision 1 still counts: 3.75 EUR." in page
    assert "1 USD = 1 EUR" in page
    assert "given with the file" in page


# --- imports of earlier versions, which took 1 where no rate was known ---


def imported_earlier(organisation: Organisation, **fields: Any) -> SalesFile:
    """PROCESSED at a rate of 1 that nobody gave: its importer ended just before the update."""
    known("ARS", "2025-01", "1250")
    file = cleaned_file(organisation, UNLISTED)
    job = job_of(file)
    job.message["exchange_rates"] = {"ARS": "1"}
    job.save(update_fields=["message"])
    SalesFile.everything.filter(pk=file.pk).update(rates=None, **fields)
    leave(job, imported(job, currencies=["ARS"]))
    finishing.apply(job, read_result(job))
    file.refresh_from_db()
    assert (file.status, file.status_cause) == ("PROCESSED", "")
    return file


@pytest.mark.parametrize("carry_on", [finalise, lambda id: _swept(), lambda id: finalise(id, accepted=True)])
def test_an_import_at_a_rate_that_nobody_gave_is_never_counted(
    organisation: Organisation, alice_api: APIClient, carry_on: Callable[[int], object]
) -> None:
    file = imported_earlier(organisation)
    carry_on(file.pk)
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == ("PROCESSED", "exchange_rate_missing", None)
    assert "Import it again" in file.error_message
    assert alice_api.get("/api/sales/summary/").json()["total_gross_exact"] == "0"
    assert shown(alice_api, file, "actions") == [["reimport"]]


def test_an_import_at_a_rate_that_was_given_is_counted_with_its_origin(organisation: Organisation) -> None:
    file = imported_earlier(organisation, exchange_rate=1)
    assert finalise(file.pk)
    file.refresh_from_db()
    assert (file.status, [used["origin"] for used in file.live_rates]) == ("FINALIZED", ["given"])


def test_what_an_earlier_version_counted_at_no_rate_is_stale(organisation: Organisation, alice_api: APIClient) -> None:
    file = finalized_file(organisation, exchange_rate=Decimal(1))
    SalesFile.everything.filter(pk=file.pk).update(live_rates=None, rates=None, exchange_rate=None)
    assert shown(alice_api, file, "stale", "live_exchange_rates", "status") == [True, None, "FINALIZED"]
    Organisation.objects.update(currency="USD")
    assert shown(alice_api, file, "stale") == [False]


# --- what is shown ---


def test_the_list_the_file_and_its_snapshot_say_both_currencies_and_the_rate(
    organisation: Organisation, alice_api: APIClient
) -> None:
    file = finalized_file(organisation, exchange_rate=Decimal(1))
    (listed,) = alice_api.get(ROUTE).json()["results"]
    for found in (listed, alice_api.get(f"{ROUTE}{file.pk}/").json()):
        assert (found["currency"], found["local_currency"]) == ("USD", "EUR")
        assert [(used["rate"], used["origin"]) for used in found["exchange_rates"]] == [("1", "given")]
    snapshot = json.loads(b"".join(alice_api.get(f"{ROUTE}{file.pk}/snapshot/")))
    assert (snapshot["currency"], snapshot["local_currency"]) == ("USD", "EUR")
    assert snapshot["exchange_rates"] == listed["live_exchange_rates"]
    table = b"".join(alice_api.get(f"{ROUTE}{file.pk}/snapshot/?format=csv")).decode()
    assert {row["local_currency"] for row in csv.DictReader(io.StringIO(table))} == {"EUR"}


def test_the_admin_shows_total_currency_and_origin(organisation: Organisation, admin: Client) -> None:
    file = finalized_file(organisation, exchange_rate=Decimal("1"))
    change_details(file=file, details={"exchange_rate": Decimal(2)})
    assert b"3.75 EUR" in admin.get("/admin/salesfiles/salesfile/").content
    page = admin.get(f"/admin/salesfiles/salesfile/{file.pk}/change/").content.decode()
    for words in ("3.75 EUR", "Revision 1", "1 USD = 1 EUR", "given with the file"):
        assert words in page
    assert 'alt="True"' in page


def shown(api: APIClient, file: SalesFile, *names: str) -> list[Any]:
    found = api.get(f"{ROUTE}{file.pk}/").json()
    return [found[name] for name in names]


def _swept() -> None:
    SalesFile.everything.update(updated_at=timezone.now() - timedelta(days=1))
    sweep_files()


def several(job: Any, total: Decimal) -> ImporterResult:
    result = imported(job)
    part = result.parts[0].model_copy(update={"revenue": total})
    return result.model_copy(update={"total_local": total, "parts": [part], "currencies": ["EUR", "USD"]})
