"""Promise 23: a reimport replaces; the live revision counts until then; a second one is refused meanwhile."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.test import APIClient

from accounts.models import Organisation
from tests.salesfiles.glider_stand_in import failed, finalized_file, finish, job_of


def reimport(api: APIClient, id: int) -> int:
    return api.post(f"/api/files/salesfiles/{id}/process/", {"action": "reimport"}).status_code


def test_a_reimport_has_the_same_total_under_the_next_revision(
    alice_api: APIClient, organisation: Organisation
) -> None:
    file = finalized_file(organisation)
    total = file.total_local
    for revision in (2, 3):
        assert reimport(alice_api, file.pk) == 202
        finish(job_of(file))
        finish(job_of(file))
        file.refresh_from_db()
        assert (file.status, file.revision, file.live_revision, file.total_local) == (
            "FINALIZED", revision, revision, total,
        )  # fmt: skip


def test_while_a_reimport_is_under_way_another_is_refused(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    assert [reimport(alice_api, file.pk) for _ in range(2)] == [202, 409]
    finish(job_of(file))
    file.refresh_from_db()
    assert (file.status, reimport(alice_api, file.pk)) == ("PROCESSING", 409)


def test_the_live_revision_stays_when_the_next_one_fails(alice_api: APIClient, organisation: Organisation) -> None:
    file = finalized_file(organisation)
    reimport(alice_api, file.pk)
    finish(job_of(file), failed(job_of(file)))
    file.refresh_from_db()
    assert (file.status, file.revision, file.live_revision) == ("FAILED", 2, 1)
    snapshot: Any = alice_api.get(f"/api/files/salesfiles/{file.pk}/snapshot/")
    assert snapshot.status_code == 200
    assert json.loads(b"".join(snapshot.streaming_content))["revision"] == 1
