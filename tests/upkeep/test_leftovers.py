"""What is looked at: nothing young, nothing foreign, and uploads in parts."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import Organisation
from oas.kernel import object_keys
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from salesfiles.services.processing import process
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import uploaded_file
from tests.upkeep.garbage import NOW, gc
from upkeep.collect_garbage import collect
from upkeep.leftovers import leftover_documents, remove_all


def test_multipart_uploads_that_no_sales_file_waits_for_are_aborted(organisation: Organisation) -> None:
    wanted = uploaded_file(organisation)
    wanted.filesize = 20 * 1024**2
    wanted.save(update_fields=["filesize"])
    process(file=wanted, action=Action.UPLOAD, parts=2)
    key = object_keys.raw(organisation.pk, "0badf00d", "sales.csv")
    storage().start_multipart(key)
    assert gc() == [key]
    assert [upload.id for upload in storage().uploads("")] == [wanted.upload_id]


def test_what_is_young_is_left(organisation: Organisation) -> None:
    key = object_keys.raw(organisation.pk, "0badf00d", "sales.csv")
    storage().put_bytes(key, b"x")
    documents().replace("snapshots", {"_id": "0badf00d-r1", "organisation": organisation.pk})
    assert collect(older_than=timedelta(minutes=10)).total == 0
    assert collect(older_than=NOW).total == 2


def test_keys_that_are_not_ours_are_left(db: None) -> None:
    foreign = ["somebody/else.txt", "organisation=1/unheard/of.txt"]
    for key in foreign:
        storage().put_bytes(key, b"x")
    assert gc() == []
    storage().delete(*foreign)


def test_a_document_is_removed_only_as_it_was_read(organisation: Organisation) -> None:
    id = f"{organisation.pk}:{'a' * 24}"
    documents().replace("files", {"_id": id, "organisation": organisation.pk, "uuid": "0badf00d"})
    (found,) = leftover_documents("files", before=timezone.now() + timedelta(minutes=1))
    documents().replace("files", {"_id": id, "organisation": organisation.pk, "uuid": "fffffff1"})  # a new file has it
    remove_all([found])
    left = documents().get("files", id)
    assert left is not None
    assert left["uuid"] == "fffffff1"
