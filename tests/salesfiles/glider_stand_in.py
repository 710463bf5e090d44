"""Glider as the tests play it: what it leaves in S3 and MongoDB, and how it notifies OAS."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import httpx
import polars as pl
from django.test import Client
from standardwebhooks.webhooks import Webhook

from accounts.models import Organisation
from glider.contract import Cause, CleaningResult, ImporterResult, Module, SalesObject
from jobs.models import Job
from jobs.services import finishing
from jobs.services.results import read_result
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.documents import documents, sales_id, snapshot_id, snapshot_rows_id
from oas.kernel.storage import storage
from oas.kernel.totals import COLUMNS, DIMENSIONS
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process
from salesfiles.status import Action, Status

ADDRESS = "/api/webhooks/glider/"
CONTENT = b"isrc,net\nDEA123456789,1.50\nDEA123456789,2.25\n"
R = TypeVar("R", CleaningResult, ImporterResult)


# --- before Glider: what the client does ---


def new_file(organisation: Organisation, *, content: bytes = CONTENT, **fields: Any) -> SalesFile:
    """INITIALIZED."""
    given = {"filename": "sales.csv", "filetype": "CSV", "filesize": len(content), "mongo_db_id": secrets.token_hex(12)}
    return create_file(organisation=organisation, **(given | fields))


def new_content() -> bytes:
    return CONTENT + secrets.token_hex(16).encode() + b"\n"


def put(url: str, content: bytes) -> int:
    """Send `content` to a link, as a browser would; returns the HTTP status."""
    return httpx.put(url, content=content).status_code


def uploaded_file(organisation: Organisation, *, content: bytes | None = None, **fields: Any) -> SalesFile:
    """UPLOADING, with the content in S3."""
    content = new_content() if content is None else content
    file = new_file(organisation, content=content, **fields)
    url = process(file=file, action=Action.UPLOAD).presigned_url
    assert url
    assert put(url, content) == 200
    return file


def cleaning_file(organisation: Organisation, **fields: Any) -> SalesFile:
    file = uploaded_file(organisation, **fields)
    process(file=file, action=Action.CLEAN)
    assert file.status == Status.CLEANING
    return file


# --- Glider ---


def cleaned(job: Job, **fields: Any) -> CleaningResult:
    """Four lines read, two of them good: 1.50 + 2.25; the others are no sales."""
    result = CleaningResult(
        job=job.pk,
        sha256=hashlib.sha256(job.message["raw_etag"].encode()).hexdigest(),
        layout="test-layout",
        layout_version="1",
        rows_read=4,
        accepted=2,
        rejected=0,
        skipped=2,
        net_read=Decimal("3.75"),
        net_accepted=Decimal("3.75"),
        net_rejected=Decimal(0),
        net_by_currency={"USD": Decimal("3.75")},
        periods=["2025-01"],
        cleaned_key=job.message["cleaned_key"],
        rejects_key=job.message["rejects_key"],
    )
    return result.model_copy(update=fields)


def imported(job: Job, *, rate: Decimal = Decimal(1), **fields: Any) -> ImporterResult:
    key = object_keys.sales(job.owner_id, "2025-01", job.message["file"]["uuid"], job.revision or 0, job.pk)
    net = Decimal("3.75")
    part = SalesObject(period="2025-01", key=key, rows=2, quantity=2, net=net, revenue=net * rate)
    result = ImporterResult(
        job=job.pk,
        total_rows=2,
        total_artists=1,
        total_local=net * rate,
        currencies=["USD"],
        parts=[part],
        totals_key=object_keys.totals(job.owner_id, job.message["file"]["uuid"], job.revision or 0, job.pk),
    )
    return result.model_copy(update=fields)


def failed(job: Job, cause: Cause = Cause.UNKNOWN_LAYOUT, message: str = "Columns found: a, b.") -> CleaningResult:
    return CleaningResult(job=job.pk, status="failed", cause=cause, message=message)


def leave(job: Job, result: CleaningResult | ImporterResult) -> None:
    """The result object, and next to it the objects that a real job would have written."""
    storage().put_json(object_keys.result(job.owner_id, job.pk), result.model_dump_json())
    if isinstance(result, ImporterResult):
        for part in result.parts:
            storage().put_json(part.key, "{}")
        leave_totals(result)
        leave_documents(job, result)
    elif result.status == "succeeded":
        storage().put_json(result.cleaned_key, "{}")
        storage().put_json(job.message["rejects_key"], "{}")


def leave_totals(result: ImporterResult) -> None:
    """One artist, DSP, territory, track and release has all of each part's sales."""
    rows = [
        {
            "period": part.period,
            "dimension": dimension,
            "key": dimension,
            "name": dimension.title(),
            "rows": part.rows,
            "quantity": part.quantity,
            "net": part.net,
            "revenue": part.revenue,
        }
        for part in result.parts
        for dimension in DIMENSIONS
    ]
    with NamedTemporaryFile(suffix=".parquet") as file:
        pl.DataFrame(rows, schema=COLUMNS).write_parquet(file.name)
        storage().upload(Path(file.name), result.totals_key)


def leave_documents(job: Job, result: ImporterResult, rows: dict[str, list[dict[str, Any]]] | None = None) -> None:
    """The snapshot header, its rows (100 in the first document of a list, then 1,000) and the sales of each period."""
    file = job.message["file"]
    snapshot = snapshot_id(file["uuid"], file["revision"])
    common = {"organisation": job.owner_id, "job": str(job.pk)}
    header = {
        **common,
        "_id": snapshot,
        "file": file["id"],
        "mongo_db_id": file["mongo_db_id"],
        "currency": "USD",
        "periods": ["2025-01"],
        "total_rows": result.total_rows,
        "total_local": str(result.total_local),
        "checks": [],
    }
    lists = rows or {"artist": [total("Aurora", "3.75")]}
    counts = dict.fromkeys(DIMENSIONS, 0) | {dimension: len(lines) for dimension, lines in lists.items()}
    documents().replace("snapshots", {**header, "counts": counts})
    for dimension, lines in lists.items():
        for n, chunk in enumerate(filter(None, [lines[:100], *(lines[s : s + 1000] for s in range(100, 9000, 1000))])):
            id = snapshot_rows_id(snapshot, str(job.pk), dimension, n)
            place = {**common, "_id": id, "snapshot": snapshot, "dimension": dimension, "n": n}
            documents().replace("snapshot_rows", {**place, "rows": chunk})
    for part in result.parts:
        id = sales_id(snapshot, str(job.pk), part.period)
        sale = {**common, "_id": id, "snapshot": snapshot, "file": file["id"], "revision": file["revision"]}
        documents().replace("sales", {**sale, "period": part.period, "key": part.key, "live": False})


def total(name: str, revenue: str, **fields: Any) -> dict[str, Any]:
    line = {"name": name, "revenue": revenue, "net": revenue, "gross": None, "quantity": 2, "rows": 2, "share": "1"}
    return line | fields


def job_of(file: SalesFile) -> Job:
    """The job the file waits for."""
    file.refresh_from_db()
    assert file.current_job is not None
    return file.current_job


def finish(job: Job, result: CleaningResult | ImporterResult | None = None) -> finishing.Effect:
    """Leave the result, and apply it without a webhook; then do what the OAS worker does of it."""
    leave(job, result or (cleaned(job) if job.module == Module.CLEANING else imported(job)))
    effect = finishing.apply(job, read_result(job))
    finalise(job.file_id or 0)
    return effect


def finalized_file(organisation: Organisation, **fields: Any) -> SalesFile:
    file = cleaning_file(organisation, **fields)
    finish(job_of(file))
    finish(job_of(file))
    file.refresh_from_db()
    assert file.status == Status.FINALIZED
    return file


def processed_file(organisation: Organisation, **fields: Any) -> SalesFile:
    """PROCESSED, as its numbers do not tie."""
    file = cleaning_file(organisation, **fields)
    finish(job_of(file))
    job = job_of(file)
    finish(job, imported(job, total_rows=3))
    file.refresh_from_db()
    assert file.status == Status.PROCESSED
    return file


def failed_file(organisation: Organisation, **fields: Any) -> SalesFile:
    file = cleaning_file(organisation, **fields)
    finish(job_of(file), failed(job_of(file)))
    file.refresh_from_db()
    assert file.status == Status.FAILED
    return file


# --- the webhook ---


def job_finished(job: Job, **fields: Any) -> bytes:
    body = {
        "type": "job.finished",
        "job": str(job.pk),
        "organisation": job.owner_id,
        "module": job.module,
        "status": "succeeded",
    }
    return json.dumps(body | fields).encode()


def signature(
    body: bytes, *, secret: str | None = None, age: timedelta = timedelta(0), id: str = "msg_1"
) -> dict[str, str]:
    """The three headers of Standard Webhooks, as keyword arguments for Django's test client."""
    at = datetime.now(tz=UTC) - age
    signer = Webhook(secret or config().webhook_secret[0].get_secret_value())
    return {
        "HTTP_WEBHOOK_ID": id,
        "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": signer.sign(id, at, body.decode()),
    }


def notify(body: bytes, headers: dict[str, str] | None = None) -> Any:
    """POST `body` to the webhook as it is; returns Django's response."""
    signed: Any = signature(body) if headers is None else headers
    return Client().post(ADDRESS, body, content_type="application/json", **signed)
