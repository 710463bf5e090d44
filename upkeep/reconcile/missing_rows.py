"""Rows of sales files that are newer than the backup of the database.

MongoDB has the first information about such a file, S3 has its content. Its row is made again, UPLOADED, and the sweep
continues it.
"""

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
from salesfiles.choices import FileType, UploadMode
from salesfiles.models import ANSWERS, SalesFile
from salesfiles.status import Status
from upkeep.leftovers import batches

Write = Callable[[str], object]
ACTOR = "reconcile"
_REVISION = re.compile(r"/raw/[0-9a-f]{8}/r(\d+)/[^/]+$")
_FIELDS = (
    "organisation", "file", "uuid", "mongo_db_id", "filename", "filetype", "filesize", "size", "etag", "key",
    "reporting_period", "upload_mode", "exchange_rate", *ANSWERS,
)  # fmt: skip


def restore(write: Write) -> None:
    """Make missing rows again and pin uploads that arrived since, and call `write` with a line for each.

    Raises StorageError, DocumentsError.
    """
    for batch in batches(documents().walk("files", _FIELDS)):
        known = {file.uuid: file for file in SalesFile.everything.filter(uuid__in=[each.get("uuid") for each in batch])}
        for document in batch:
            _restore_one(document, known.get(document.get("uuid", "")), write)
    _advance_ids()


def _restore_one(document: Document, file: SalesFile | None, write: Write) -> None:
    if file is None and _content_is_there(document):
        _make_row(document, write)
    elif file is not None and file.status in (Status.INITIALIZED, Status.UPLOADING) and _content_is_there(document):
        _pin(file, document)
        write(f"sales file {file.pk} ({file.filename}): its content has arrived since; UPLOADED, and carried on with")


def _content_is_there(document: Document) -> bool:
    """Return whether S3 has the very content that was pinned. Raises StorageError."""
    # The key must be one of this file and organisation: a document could name any object.
    name = object_keys.read(str(document.get("key", "")))
    place = (Kind.RAW, document.get("organisation"), document.get("uuid"))
    if name is None or (name.kind, name.organisation, name.owner) != place:
        return False
    try:
        return bool(storage().head(document["key"]).etag == document["etag"])
    except ObjectAbsent:
        return False


def _make_row(document: Document, write: Write) -> None:
    organisation = Organisation.objects.filter(pk=document["organisation"]).first()
    where = f"sales file {document['file']} ({document['filename']})"
    if organisation is None:
        write(f"{where}: its organisation {document['organisation']} is not known; left to gc")
        return
    try:
        file = _insert(organisation, document)
    except IntegrityError:
        write(f"{where}: another sales file has its id {document['mongo_db_id']} by now; left to gc")
        return
    renamed = "" if file.pk == document["file"] else f", as sales file {file.pk}"
    write(f"{where}: the database did not know it; made again from its content{renamed}")


@transaction.atomic
def _insert(organisation: Organisation, document: Document) -> SalesFile:
    """Insert the row of `document`, UPLOADED, under its old id where that is free. Raises IntegrityError."""
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
        **{name: document.get(name) for name in ANSWERS},
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


def _advance_ids() -> None:
    # Rows inserted under their old ids do not move the sequence on: new rows would get the same ids.
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [SalesFile]):
            cursor.execute(statement)
