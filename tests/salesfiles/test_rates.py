"""Which exchange rates a sales file is imported with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import ImporterResult
from rates.models import Rate
from salesfiles.models import SalesFile
from salesfiles.services.files import change_details
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import cleaned, cleaning_file, finalized_file, finish, imported, job_of

MIXED = {"USD": Decimal("3.00"), "EUR": Decimal("0.75")}


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
def in_dollars(organisation: Organisation) -> Organisation:
    organisation.currency = "USD"
    organisation.save()
    return organisation


def test_while_no_rates_are_loaded_the_rate_is_one(organisation: Organisation) -> None:
    file = cleaned_file(organisation)
    assert (rates_of(file), file.exchange_rate, file.rate) == ({"USD": "1"}, None, Decimal(1))


def test_the_organisations_own_currency_is_one(in_dollars: Organisation) -> None:
    known("GBP", "2025-01", "0.8")
    assert rates_of(cleaned_file(in_dollars)) == {"USD": "1"}


def test_a_given_rate_is_used_as_given(organisation: Organisation) -> None:
    known("USD", "2025-01", "1.25")
    file = cleaned_file(organisation, exchange_rate=Decimal("0.92"))
    assert (rates_of(file), file.used_rate) == ({"USD": "0.92"}, Decimal("0.92"))


def test_a_rate_of_one_that_was_given_is_given(organisation: Organisation) -> None:
    known("USD", "2025-01", "1.25")
    assert rates_of(cleaned_file(organisation, exchange_rate=Decimal(1))) == {"USD": "1"}


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


def test_without_a_rate_the_file_fails_naming_currency_and_month(organisation: Organisation) -> None:
    known("GBP", "2025-01", "0.8")
    file = cleaned_file(organisation)
    assert (file.status, file.status_cause) == ("FAILED", "exchange_rate_missing")
    assert file.error_message.startswith("There is no exchange rate from USD to EUR for 2025-01.")
    assert file.claim is None


def test_when_the_rate_is_there_the_file_can_be_imported(organisation: Organisation) -> None:
    known("GBP", "2025-01", "0.8")
    file = cleaned_file(organisation)
    known("USD", "2025-01", "1.25")
    process(file=file, action=Action.IMPORT)
    finish(job_of(file))
    assert rates_of(file) == {"USD": "0.8"}


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


def test_several_currencies_need_a_rate_each(organisation: Organisation) -> None:
    known("GBP", "2025-01", "0.8")
    file = cleaned_file(organisation, {"net_by_currency": MIXED})
    assert (file.status, file.status_cause) == ("FAILED", "exchange_rate_missing")


def test_while_no_rates_are_loaded_several_currencies_fail(organisation: Organisation) -> None:
    file = cleaned_file(organisation, {"net_by_currency": MIXED})
    assert (file.status, file.status_cause) == ("FAILED", "several_currencies")
    assert "EUR, USD" in file.error_message


def test_a_rate_changed_later_is_used_by_the_next_reimport(organisation: Organisation) -> None:
    known("USD", "2025-01", "1.25")
    file = finalized_file(organisation, exchange_rate=Decimal(1))
    change_details(file=file, details={"exchange_rate": None})
    assert (file.total_local, file.used_rate) == (Decimal("3.75"), 1)
    reimport(file=file)
    finish(job_of(file))
    assert rates_of(file) == {"USD": "0.8"}


def several(job: Any, total: Decimal) -> ImporterResult:
    result = imported(job)
    part = result.parts[0].model_copy(update={"revenue": total})
    return result.model_copy(update={"total_local": total, "parts": [part], "currencies": ["EUR", "USD"]})
