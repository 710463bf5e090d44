"""Sales files in flight and bytes a day: what is refused, and what counts."""

from __future__ import annotations

import secrets

import pytest

from accounts import quotas
from accounts.models import Organisation
from oas.api.refusals import QuotaReached
from salesfiles.models import SalesFile
from salesfiles.services.pinned_uploads import pin_upload
from salesfiles.services.processing import process
from salesfiles.services.sweeping import sweep
from salesfiles.status import WORKING, Action
from tests.accounts.limits import at_once, limit
from tests.salesfiles.glider_stand_in import CONTENT, cleaning_file, finalized_file, new_file, put, uploaded_file


def in_flight(organisation: Organisation) -> int:
    return SalesFile.objects.of(organisation).filter(status__in=WORKING).count()


# --- files in flight ---


@pytest.mark.django_db
def test_the_limit_is_each_organisations_own(organisation: Organisation, other_organisation: Organisation) -> None:
    cleaning_file(limit(organisation, most_files_in_flight=1))
    cleaning_file(other_organisation)
    assert in_flight(other_organisation) == 1


@pytest.mark.django_db
def test_a_file_at_rest_does_not_count(organisation: Organisation) -> None:
    limit(organisation, most_files_in_flight=1)
    finalized_file(organisation)
    assert cleaning_file(organisation).status == "CLEANING"


@pytest.mark.django_db
def test_a_reimport_too_many_leaves_the_file_as_it_was(organisation: Organisation) -> None:
    done = finalized_file(organisation)
    limit(organisation, most_files_in_flight=0)
    with pytest.raises(QuotaReached):
        process(file=done, action=Action.REIMPORT)
    done.refresh_from_db()
    assert (done.status, done.revision, done.jobs.count()) == ("FINALIZED", 1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_no_more_than_the_limit_are_taken(organisation: Organisation) -> None:
    files = [uploaded_file(limit(organisation, most_files_in_flight=3)) for _ in range(8)]
    outcomes = at_once([lambda file=file: process(file=file, action=Action.CLEAN) and "in" for file in files])  # type: ignore[misc]
    assert (outcomes.count("in"), outcomes.count("files_in_flight"), in_flight(organisation)) == (3, 5, 3)


@pytest.mark.django_db(transaction=True)
def test_a_file_refused_at_the_last_moment_is_continued_when_there_is_room(organisation: Organisation) -> None:
    file = uploaded_file(organisation)
    pin_upload(file)
    SalesFile.everything.filter(pk=file.pk).update(updated_at="2026-01-01T00:00:00Z")
    limit(organisation, most_files_in_flight=0)
    sweep()
    file.refresh_from_db()
    assert file.status == "UPLOADED"
    limit(organisation, most_files_in_flight=1)
    sweep()
    file.refresh_from_db()
    assert file.status == "CLEANING"


# --- bytes a day ---


@pytest.mark.django_db
def test_another_link_for_the_same_upload_costs_nothing(organisation: Organisation) -> None:
    file = new_file(organisation)
    for _ in range(3):
        process(file=file, action=Action.UPLOAD)
    assert quotas.bytes_today(organisation) == len(CONTENT)


@pytest.mark.django_db
def test_a_size_given_in_bits_counts_in_bytes_once_they_have_arrived(organisation: Organisation) -> None:
    content = CONTENT + secrets.token_hex(8).encode()
    file = new_file(organisation, content=content, filesize=8 * len(content))
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert quotas.bytes_today(organisation) == 8 * len(content)
    assert put(str(url), content) == 200
    process(file=file, action=Action.CLEAN)
    assert quotas.bytes_today(organisation) == len(content)
