from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from glider.contract import CleaningMessage, SourceFile
from oas.kernel import object_keys
from oas.kernel.storage import storage
from tests.glider.jobs import CONTENT, ORGANISATION, WebhookReceiver


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    server = WebhookReceiver()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def cleaning(receiver: WebhookReceiver) -> CleaningMessage:
    """The job of a file that has just been uploaded."""
    job, uuid = uuid4(), uuid4().hex[:8]
    key = object_keys.raw(ORGANISATION, uuid, "sales.tsv", 1)
    storage().client.put_object(Bucket=storage().bucket, Key=key, Body=CONTENT)
    return CleaningMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=object_keys.result(ORGANISATION, job),
        callback_url=receiver.url,
        file=SourceFile(id=5, uuid=uuid, mongo_db_id="a" * 24, revision=1, filename="sales.tsv"),
        raw_key=key,
        raw_etag=storage().head(key).etag,
        raw_size=len(CONTENT),
        cleaned_key=object_keys.cleaned(ORGANISATION, uuid, 1, job),
        rejects_key=object_keys.rejects(ORGANISATION, uuid, 1, job),
    )
