"""Promise 20: what a Glider worker leaves as its result is checked before it counts."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Organisation
from oas.kernel import object_keys
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from tests.salesfiles.glider_stand_in import cleaned, cleaning_file, finish, imported, job_finished, job_of, notify


def left(file: SalesFile, content: bytes) -> SalesFile:
    """Leave `content` as the result of the file's job, notify OAS, and return the file."""
    job = job_of(file)
    key = object_keys.result(job.owner_id, job.pk)
    storage().client.put_object(Bucket=storage().bucket, Key=key, Body=content)
    assert notify(job_finished(job)).status_code < 500
    file.refresh_from_db()
    return file


def changed(file: SalesFile, **fields: Any) -> bytes:
    return json.dumps(json.loads(cleaned(job_of(file)).model_dump_json()) | fields).encode()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"status": "succeeded"}', b"\xff\xfe", b"[" * 5000])
def test_a_malformed_result_does_not_clean_the_file(organisation: Organisation, content: bytes) -> None:
    assert left(cleaning_file(organisation), content).status in ("CLEANING", "FAILED")


@pytest.mark.parametrize(
    "fields", [{"accepted": -1}, {"accepted": "many"}, {"rows_read": 3}, {"net_accepted": "NaN"}, {"job": "0" * 32}]
)
def test_impossible_figures_do_not_count(organisation: Organisation, fields: dict[str, Any]) -> None:
    file = cleaning_file(organisation)
    file = left(file, changed(file, **fields))
    assert file.status != "FINALIZED"
    assert file.live_revision is None


def test_totals_that_do_not_tie_wait_for_a_person(organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_local=Decimal("1000000")))
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.live_revision) == ("PROCESSED", "control_totals", None)
