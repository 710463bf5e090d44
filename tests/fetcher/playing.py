"""The OAS worker and Glider as the tests play them: what is in the queues is done here, one thing after the other."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from botocore.exceptions import ClientError
from django.utils import timezone

from accounts.models import Organisation
from fetcher.models import Batch, BatchItem
from fetcher.services import batches
from fetcher.services.progress import Counts, counts_of
from glider import runner
from glider.contract import QUEUE as GLIDER_QUEUE
from glider.contract import JobFinished
from jobs.models import Job
from jobs.services import finishing, leases
from jobs.services.results import read_result
from oas.celery import LINKS, QUEUE, app
from oas.kernel import object_keys
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from tests.fetcher.drive_stand_in import Drive
from tests.jobs.queues import _message

MOST = 20_000  # messages of one test


class Worker:
    """Runs the messages of all queues in the test's own process, one at a time."""

    def __init__(self) -> None:
        app.loader.import_default_modules()

    def run(self, *, glider: bool = True) -> None:
        """Everything that is to be done, until nothing is."""
        for _ in range(MOST):
            if not self.step(glider=glider):
                return
        raise TimeoutError(f"more than {MOST} messages")

    def step(self, *, glider: bool = True) -> bool:
        found: Any = leases.client().rpop(QUEUE) or leases.client().rpop(LINKS)
        if found is not None:
            message = _message(json.loads(found))
            app.tasks[message["task"]](message["argument"])
            return True
        found = leases.client().rpop(GLIDER_QUEUE) if glider else None
        if found is not None:
            runner.run_message(_message(json.loads(found))["argument"], _finish)
        return found is not None

    def waiting(self, task: str) -> int:
        found: Any = [text for queue in (QUEUE, LINKS) for text in leases.client().lrange(queue, 0, -1)]
        return sum(json.loads(text)["headers"]["task"] == task for text in found)

    def forget_glider(self) -> None:
        leases.client().delete(GLIDER_QUEUE)

    def forget(self) -> None:
        leases.client().delete(QUEUE, LINKS, GLIDER_QUEUE)


def _finish(event: JobFinished, url: str) -> None:
    """Stands for the webhook: applies the result of the job that `event` names."""
    job = Job.everything.get(pk=event.job)
    finishing.apply(job, read_result(job))


def csv(*amounts: str, month: str = "2025-07", salt: str = "") -> bytes:
    """A DistroKid file, one line for each amount."""
    from tests.glider.driving import distrokid

    lines = (
        f"{month}|Spotify|Song {number}{salt}|QZAAA25{number:05}||1|{amount}" for number, amount in enumerate(amounts)
    )
    return distrokid(*lines).encode()


def items_of(batch: Batch) -> dict[str, tuple[str, str]]:
    """Path → status and reason, as the API shows them."""
    items = BatchItem.everything.filter(batch=batch).select_related("sales_file")
    return {item.path: (item.shown_status, item.why[0]) for item in items}


def counts(batch: Batch) -> Counts:
    return counts_of([batch])[batch.pk]


def objects(organisation_id: int) -> list[str]:
    """The keys of all raw objects."""
    return sorted(found.key for found in storage().list(f"organisation={organisation_id}/raw/"))


def uploads(organisation: int) -> int:
    """Count the multipart uploads of the organisation that are neither completed nor aborted."""
    try:
        found = storage().client.list_multipart_uploads(Bucket=storage().bucket).get("Uploads", [])
        return sum(upload["Key"].startswith(object_keys.organisation(organisation)) for upload in found)
    except ClientError as error:  # how rclone says that there is none
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
        return 0


def total(batch: Batch) -> Decimal:
    """Of its sales files that are FINALIZED."""
    files = SalesFile.everything.filter(batch=batch, status="FINALIZED")
    return sum((file.total_local or Decimal(0) for file in files), Decimal(0))


def files_of(batch: Batch) -> list[SalesFile]:
    return list(SalesFile.everything.filter(batch=batch, deleted_at=None).order_by("pk"))


def folder_link(id: str) -> str:
    return f"https://drive.google.com/drive/folders/{id}?usp=sharing"


def file_link(id: str) -> str:
    return f"https://drive.google.com/file/d/{id}/view?usp=sharing"


def fetched(organisation: Organisation, worker: Worker, url: str, *, glider: bool = False) -> Batch:
    batch = batches.start(organisation=organisation, url=url, actor="alice")
    worker.run(glider=glider)
    batch.refresh_from_db()
    return batch


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return target.getvalue()


def workbook(content: bytes) -> bytes:
    book = openpyxl.Workbook()
    for line in content.decode().splitlines():
        book.worksheets[0].append(line.split("\t"))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def listed(organisation: Organisation, drive: Drive, worker: Worker, *amounts: str) -> Batch:
    """A batch of one file for each amount, listed, of which one was given to the worker, whose message is lost."""
    root = drive.folder("Label")
    for amount in amounts:
        drive.file(f"{amount}.tsv", csv(amount), root)
    batch = batches.start(organisation=organisation, url=folder_link(root))
    assert worker.step()
    worker.forget()
    return batch


def let_run_out(batch: Batch) -> None:
    past = timezone.now() - timedelta(seconds=1)
    BatchItem.everything.filter(batch=batch).exclude(due_at=None).update(due_at=past)


def presigned_link(content: bytes, name: str = "july.tsv") -> str:
    key = f"elsewhere/{secrets.token_hex(4)}/{name}"
    storage().put_bytes(key, content)
    return storage().presigned_get(key)
