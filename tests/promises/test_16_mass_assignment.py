"""Promise 16: what OAS decides (status, totals, organisation) cannot be sent."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import new_file

LIST = "/api/files/salesfiles/"
DECIDED: dict[str, Any] = {
    "id": 4711, "uuid": "ffffffff", "status": "FINALIZED", "status_cause": "x", "error_message": "x", "total_rows": 7,
    "total_artists": 7, "total_local": "7", "source_format": "x", "currency": "JPY", "revision": 9, "sha256": "f" * 64,
    "accepted_rows": 7, "rejected_rows": 7, "skipped_rows": 7, "module_response": "x", "live_revision": 1,
    "raw_key": "x", "version": 99, "created_at": "2001-01-01T00:00:00Z", "deleted_at": "2001-01-01T00:00:00Z",
}  # fmt: skip
NEW = {"filename": "a.csv", "filetype": "CSV", "filesize": 1, "mongo_db_id": "0" * 24}


@pytest.mark.parametrize("name", DECIDED)
def test_a_decided_field_is_ignored_when_a_file_is_created(
    alice_api: APIClient, organisation: Organisation, name: str
) -> None:
    answer = alice_api.post(LIST, NEW | {name: DECIDED[name]})
    assert answer.status_code == 201
    made = SalesFile.objects.of(organisation).get()
    assert getattr(made, name) != DECIDED[name]
    assert (made.status, made.revision) == ("INITIALIZED", 1)


def test_decided_fields_are_ignored_when_a_file_is_changed(alice_api: APIClient, organisation: Organisation) -> None:
    file = new_file(organisation)
    before = {name: getattr(file, name) for name in DECIDED}
    fixed = {"filename": "other.csv", "filesize": 2, "mongo_db_id": "1" * 24, "organisation": organisation.pk + 1}
    assert alice_api.patch(f"{LIST}{file.pk}/", DECIDED | fixed).status_code == 200
    file.refresh_from_db()
    del before["version"]
    assert {name: getattr(file, name) for name in before} == before
    assert (file.filename, file.organisation_id) == ("sales.csv", organisation.pk)


def test_another_organisation_is_refused(alice_api: APIClient, other_organisation: Organisation) -> None:
    assert alice_api.post(LIST, NEW | {"organisation": other_organisation.pk}).status_code == 404
    assert not SalesFile.everything.exists()


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("catalogue/tracks/", {"title": "T"}),
        ("catalogue/releases/", {"title": "R"}),
        ("catalogue/artists/", {"name": "A"}),
        ("reports/", {"type": "MONTHLY", "period": "2025-01"}),
    ],
)
def test_decided_fields_are_ignored_by_other_routes(
    alice_api: APIClient, organisation: Organisation, other_organisation: Organisation, route: str, body: dict[str, str]
) -> None:
    from accounts.scope import OrganisationModel

    given = body | {"organisation": other_organisation.pk, "id": 4711, "status": "READY", "reference": "T1"}
    answer = alice_api.post(f"/api/{route}", given)
    assert answer.status_code in (201, 202)
    assert answer.json()["id"] != 4711
    made = [model for model in OrganisationModel.__subclasses__() if not model._meta.abstract]
    assert not any(model.everything.filter(organisation=other_organisation).exists() for model in made)
