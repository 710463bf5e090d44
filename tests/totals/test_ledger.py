"""GET /api/sales/summary/ after imports, reimports and deletes, against independent sums."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.cancellation import cancel
from salesfiles.services.files import change_details, delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.asking import ask, expected_figures, figures
from tests.totals.damage import doubled, emptied, scrambled
from tests.totals.driving import MONTHS, Expected, finalized, processed, random_content
from totals.models import CountedFile, SummaryEntry, SummaryGap, SummaryKey, SummarySource


def nothing_is_left() -> bool:
    return not any(
        model.objects.exists() for model in (SummaryEntry, SummaryGap, SummaryKey, SummarySource)
    ) and not CountedFile.everything.exists()  # fmt: skip


# --- nothing yet ---


def test_without_files_everything_is_zero(alice_api: APIClient, organisation: Organisation) -> None:
    found = ask(alice_api)
    assert (found["organisation"], found["currency"], found["path"]) == (organisation.pk, "USD", None)
    assert [found[name] for name in ("files", "artists", "releases", "tracks", "total_gross")] == [0] * 5
    assert (found["total_gross_exact"], found["periods"], found["missing_periods"]) == ("0", [], [])
    assert (found["results"], found["rest"], found["series"], found["changed_at"]) == (None, None, None, None)
    assert ask(alice_api, by="dsp", series="month")["series"]["total"] == {"revenue": [], "quantity": []}


# --- import, reimport, delete ---


def test_after_each_import_the_sums_equal_those_of_the_files(organisation: Organisation, alice_api: APIClient) -> None:
    contents = [random_content(seed) for seed in range(4)]
    for n, content in enumerate(contents, start=1):
        finalized(organisation, content)
        found = ask(alice_api)
        expected = Expected.of(*contents[:n])
        assert figures(found) == expected_figures(expected)
        assert (found["files"], found["rows"]) == (n, len(expected.rows))
        assert found["total_gross"] == int(expected.total.to_integral_value(ROUND_HALF_EVEN))
        assert found["periods"] == sorted({row["Sale Month"] for row in expected.rows})


def test_the_total_is_the_sum_of_total_local(organisation: Organisation, alice_api: APIClient) -> None:
    files = [finalized(organisation, random_content(seed), exchange_rate=Decimal("0.9234567")) for seed in range(3)]
    total = sum((file.total_local or Decimal(0) for file in files), Decimal(0))
    assert Decimal(ask(alice_api)["total_gross_exact"]) == total


def test_deleting_takes_everything_of_a_file_with_it(organisation: Organisation, alice_api: APIClient) -> None:
    contents = [random_content(seed) for seed in range(3)]
    files = [finalized(organisation, content) for content in contents]
    delete_file(file=files[1])
    assert figures(ask(alice_api)) == expected_figures(Expected.of(contents[0], contents[2]))
    assert ask(alice_api)["files"] == 2
    for file in (files[0], files[2]):
        delete_file(file=file)
    assert ask(alice_api)["total_gross_exact"] == "0"
    assert nothing_is_left()


def test_deleting_over_http_is_counted_at_once(organisation: Organisation, alice_api: APIClient) -> None:
    file = finalized(organisation, random_content(1))
    assert alice_api.delete(f"/api/files/salesfiles/{file.pk}/").status_code == 204
    assert ask(alice_api)["files"] == 0
    assert nothing_is_left()


def test_a_reimport_replaces_what_was_counted(organisation: Organisation, alice_api: APIClient) -> None:
    contents = [random_content(seed) for seed in range(2)]
    files = [finalized(organisation, content) for content in contents]
    before = ask(alice_api)
    change_details(file=files[0], details={"exchange_rate": Decimal("2")})
    reimport(file=files[0])
    files[0].refresh_from_db()
    assert without_time(ask(alice_api)) == without_time(before)
    processed(files[0])
    assert without_time(ask(alice_api)) == without_time(before)
    assert finalise(files[0].pk)
    found = ask(alice_api)
    assert Decimal(found["total_gross_exact"]) == Expected.of(contents[0]).total * 2 + Expected.of(contents[1]).total
    assert [found[name] for name in ("files", "tracks", "rows")] == [
        before[name] for name in ("files", "tracks", "rows")
    ]
    activate(files[0].pk)
    delete_file(file=SalesFile.everything.get(pk=files[0].pk))
    delete_file(file=files[1])
    assert nothing_is_left()


def test_a_reimport_that_is_cancelled_changes_nothing(organisation: Organisation, alice_api: APIClient) -> None:
    file = finalized(organisation, random_content(1))
    before = ask(alice_api)
    reimport(file=file)
    cancel(file=file, actor="alice")
    assert ask(alice_api) == before
    delete_file(file=SalesFile.everything.get(pk=file.pk))
    assert nothing_is_left()


def test_what_is_not_finalized_is_not_counted(organisation: Organisation, alice_api: APIClient) -> None:
    processed(cleaning_file(organisation, content=random_content(1).encode(), filename="sales.tsv"))
    assert ask(alice_api)["files"] == 0


def test_finalising_twice_counts_once(organisation: Organisation, alice_api: APIClient) -> None:
    content = random_content(1)
    file = finalized(organisation, content)
    assert finalise(file.pk) is False
    assert figures(ask(alice_api)) == expected_figures(Expected.of(content))


def test_totals_that_are_lost_are_added_up_again(organisation: Organisation, alice_api: APIClient) -> None:
    from oas.kernel.storage import storage

    contents = [random_content(seed) for seed in range(2)]
    files = [finalized(organisation, content) for content in contents]
    storage().delete(CountedFile.everything.get(file=files[0]).totals_key)
    delete_file(file=files[0])
    assert figures(ask(alice_api)) == expected_figures(Expected.of(contents[1]))


@pytest.mark.parametrize("harm", [doubled, scrambled, emptied])
def test_totals_that_were_tampered_with_are_not_believed(
    organisation: Organisation, alice_api: APIClient, harm: Callable[[str], None]
) -> None:
    content = random_content(1)
    file = processed(cleaning_file(organisation, content=content.encode(), filename="sales.tsv"))
    assert file.current_job is not None
    assert file.current_job.result is not None
    harm(file.current_job.result["totals_key"])
    assert finalise(file.pk)
    assert figures(ask(alice_api)) == expected_figures(Expected.of(content))


# --- spans ---


@pytest.mark.parametrize(
    ("first", "last"), [("2025-02", "2025-03"), ("2025-01", "2025-01"), ("2025-03", None), (None, "2025-02")]
)
def test_a_span_has_the_sums_and_the_distinct_counts_of_its_months(
    organisation: Organisation, alice_api: APIClient, first: str | None, last: str | None
) -> None:
    contents = [random_content(seed, count=25, months=MONTHS[seed % 3 : seed % 3 + 2]) for seed in range(5)]
    for content in contents:
        finalized(organisation, content)
    expected = Expected.of(*contents, first=first or "0000", last=last or "9999")
    span = {name: value for name, value in (("from", first), ("to", last)) if value}
    found = ask(alice_api, **span)
    assert figures(found) == expected_figures(expected)
    of_files = [Expected.of(content, first=first or "0000", last=last or "9999").rows for content in contents]
    assert found["files"] == sum(bool(rows) for rows in of_files)
    assert (found["from"], found["to"]) == (first, last)


def test_distinct_counts_of_every_span_stay_exact_when_files_go(
    organisation: Organisation, alice_api: APIClient
) -> None:
    contents = [random_content(seed, count=12, tracks=9) for seed in range(6)]
    files = [finalized(organisation, content) for content in contents]
    for gone in (4, 0, 5):
        delete_file(file=files[gone])
        contents[gone] = ""
        for n, first in enumerate(MONTHS):
            for last in MONTHS[n:]:
                expected = Expected.of(*contents, first=first, last=last)
                assert figures(ask(alice_api, **{"from": first, "to": last})) == expected_figures(expected)


def test_a_span_without_sales_is_zero(organisation: Organisation, alice_api: APIClient) -> None:
    finalized(organisation, random_content(1))
    found = ask(alice_api, **{"from": "2019-01", "to": "2019-12"}, by="dsp", series="month")
    assert (found["files"], found["tracks"], found["total_gross_exact"], found["results"]) == (0, 0, "0", [])
    assert found["series"]["periods"] == []


def without_time(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "changed_at"}
