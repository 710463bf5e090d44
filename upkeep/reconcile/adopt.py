"""Sales files that came after the backup of the database was made: MongoDB knows what was said of them, S3 has their
content. Their rows are made again, and the sweep carries on with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction

from accounts.models import Organisation
from oas.kernel import object_keys
from oas.kernel.documents import Document, documents
from oas.kernel.object_keys import Kind
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.models import FileType, SalesFile, UploadMode
from salesfiles.status import Status
from upkeep.leftovers import batches

Say = Callable[[str], object]
ACTOR = "reconcile"
_REVISION = re.compile(r"/raw/[0-9a-f]{8}/r(\d+)/[^/]+$")
_FIELDS = (
    "organisation", "file", "uuid", "mongo_db_id", "filename", "filetype", "filesize", "size", "etag", "key",
    "reporting_period", "upload_mode", "exchange_rate",
)  # fmt: skip


def adopt(say: Say) -> None:
    for batch in batches(documents().walk("files", _FIELDS)):
        known = {file.uuid: file for file in SalesFile.everything.filter(uuid__in=[each.get("uuid") for each in batch])}
        for document in batch:
            _look_at(document, known.get(document.get("uuid", "")), say)
    _count_on()


def _look_at(document: Document, file: SalesFile | None, say: Say) -> None:
    if file is None and _content_is_there(document):
        _make(document, say)
    elif file is not None and file.status in (Status.INITIALIZED, Status.UPLOADING) and _content_is_there(document):
        _pin(file, document)
        say(f"sales file {file.pk} ({file.filename}): its content has arrived since; UPLOADED, and carried on with")


def _content_is_there(document: Document) -> bool:
    """The very content that was pinned, under a key that is this file's. Raises StorageError."""
    name = object_keys.read(str(document.get("key", "")))
    place = (Kind.RAW, document.get("organisation"), document.get("uuid"))
    if name is None or (name.kind, name.organisation, name.owner) != place:
        return False
    try:
        return bool(storage().head(document["key"]).etag == document["etag"])
    except ObjectAbsent:
        return False


def _make(document: Document, say: Say) -> None:
    organisation = Organisation.objects.filter(pk=document["organisation"]).first()
    where = f"sales file {document['file']} ({document['filename']})"
    if organisation is None:
        say(f"{where}: its organisation {document['organisation']} is not known; left to gc")
        return
    try:
        file = _row(organisation, document)
    except IntegrityError:
        say(f"{where}: another sales file has its id {document['mongo_db_id']} by now; left to gc")
        return
    renamed = "" if file.pk == document["file"] else f", as sales file {file.pk}"
    say(f"{where}: the database did not know it; made again from its content{renamed}")


@transaction.atomic
def _row(organisation: Organisation, document: Document) -> SalesFile:
    """UPLOADED, under its old id where that is free. Raises IntegrityError."""
    id = document["file"]
    rate = document.get("exchange_rate")
    file = SalesFile(
        pk=None if SalesFile.everything.filter(pk=id).exists() else id,
        organisation=organisation,
        uuid=document["uuid"],
        filename=document["filename"],
        filetype=FileType(document["filetype"]),
        filesize=document["filesize"],
        mongo_db_id=document["mongo_db_id"],
        reporting_period=document["reporting_period"],
        upload_mode=UploadMode(document["upload_mode"]),
        exchange_rate=None if rate is None else Decimal(rate),
        revision=_revision(document["key"]),
    )
    file.save(force_insert=True)
    _pin(file, document)
    return file


def _revision(key: str) -> int:
    found = _REVISION.search(key)
    return int(found[1]) if found else 1


def _pin(file: SalesFile, document: Document) -> None:
    pinned: dict[str, Any] = {"raw_etag": document["etag"], "raw_size": document["size"], "upload_id": ""}
    with transaction.atomic():
        if file.status == Status.INITIALIZED:
            file.move_to(Status.UPLOADING, actor=ACTOR)
        file.move_to(Status.UPLOADED, actor=ACTOR, raw_key=document["key"], **pinned)


def _count_on() -> None:
    """New rows get ids after those that were given back."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [SalesFile]):
            cursor.execute(statement)
