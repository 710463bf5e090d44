"""Create a sales file, change the details that its owner may change, and delete it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from accounts.models import Organisation
from layouts.services.layout_sets import live_versions
from oas.api.refusals import BadValue, StaleVersion
from oas.kernel.config import config
from oas.transactions import broken_constraint
from salesfiles.errors import LostRace
from salesfiles.models import SalesFile, new_uuid
from salesfiles.services.finalising import ledger_file
from salesfiles.services.purging import mark_deleted
from salesfiles.status import WORKING
from totals.services import ledger

_ATTEMPTS = 5


def create_file(*, organisation: Organisation, **fields: Any) -> SalesFile:
    """Create a sales file, INITIALIZED, from `fields` of the model.

    Raises `BadValue` for a size over the limit or a `mongo_db_id` in use.
    """
    _refuse_size(fields["filesize"])
    for _ in range(_ATTEMPTS):
        file = SalesFile(organisation=organisation, uuid=new_uuid(), **fields)
        try:
            with transaction.atomic():
                file.save(force_insert=True)
        except IntegrityError as error:
            if broken_constraint(error) == "one_sales_file_per_mongo_db_id":
                raise BadValue("A sales file with this id exists.", attr="mongo_db_id", code="unique") from None
            if not _is_taken_uuid(error):
                raise
        else:
            return file
    raise RuntimeError(f"No free uuid in {_ATTEMPTS} attempts.")


class Details(TypedDict, total=False):
    """The fields of a sales file that its owner may change."""

    reporting_period: str
    exchange_rate: Decimal | None
    layout: str | None
    decimal_mark: str | None
    day_first: bool | None
    encoding: str | None


def change_details(*, file: SalesFile, details: Details, version: int | None = None) -> SalesFile:
    """Write `details`. On a file that has been processed they take effect with the next reimport.

    With another rate its numbers are `stale` until then.

    Raises `BadValue` for a layout that the organisation does not use, `StaleVersion` when the file is no longer at
    `version`, `InvalidTransition` while it is being processed, `LostRace` when other changes came first too often.
    """
    _refuse_layout(file, details.get("layout"))
    for _ in range(_ATTEMPTS):
        if version is not None and version != file.version:
            raise StaleVersion("The sales file has changed since it was read.")
        if file.status in WORKING:
            raise file.refusal("a change")
        if not details or file.change(**details):
            return file
        file.refresh_from_db()
    raise file.refusal("a change", LostRace)


def _refuse_layout(file: SalesFile, layout: str | None) -> None:
    if layout is None:
        return
    names = {name for name, _ in live_versions(file.organisation_id).values()}
    if layout not in names:
        raise BadValue("Your organisation uses no layout of this name.", attr="layout", code="unknown_layout")


def _is_taken_uuid(error: IntegrityError) -> bool:
    return "uuid" in broken_constraint(error)


def _refuse_size(filesize: int) -> None:
    # `filesize` may be bits where it makes whole bytes: the smaller reading is the one that must fit.
    least = filesize if filesize % 8 else filesize // 8
    if least > config().max_upload_bytes:
        text = f"No sales file may have more than {config().max_upload_bytes} bytes."
        raise BadValue(text, attr="filesize", code="too_large")


def delete_file(*, file: SalesFile, version: int | None = None) -> None:
    """Delete `file`: from now on it is found and counted nowhere.

    Its content and its `mongo_db_id` may be sent again at once; its objects and documents are purged by a task. Raises
    `StaleVersion` when the file is no longer at `version`, `InvalidTransition` while it is being processed,
    StorageError.
    """
    for _ in range(_ATTEMPTS):
        # Prepared before the transaction, which must not wait for S3; a finalisation in between makes it outdated.
        change = ledger.prepare(ledger_file(file), None)
        try:
            return _delete(file, change, version)
        except ledger.Outdated:
            continue
    raise file.refusal("delete", LostRace)


@transaction.atomic
def _delete(file: SalesFile, change: ledger.Change, version: int | None) -> None:
    # The UPDATE locks the file, before its jobs and the scopes of the ledger: files come first everywhere, to avoid
    # deadlocks.
    if not mark_deleted(file, **({} if version is None else {"version": version})):
        file.refresh_from_db()
        if version not in (None, file.version):
            raise StaleVersion("The sales file has changed since it was read.")
        raise file.refusal("delete")
    ledger.apply([change])
