"""Making a sales file, and changing what its owner may change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from accounts.models import Organisation
from oas.api.refusals import BadValue, StaleVersion
from oas.kernel.config import config
from oas.transactions import broken_constraint
from salesfiles.errors import InvalidTransition, LostRace
from salesfiles.models import SalesFile, new_uuid
from salesfiles.status import WORKING

_ATTEMPTS = 5


def create_file(*, organisation: Organisation, **fields: Any) -> SalesFile:
    """A new sales file, INITIALIZED. Raises `BadValue` for a size over the limit or an id in use."""
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
    reporting_period: str
    exchange_rate: Decimal | None


def change_details(*, file: SalesFile, details: Details, version: int | None = None) -> SalesFile:
    """Change what is given. On a processed file it takes effect with the next reimport.

    Raises `StaleVersion` when the file is no longer at `version`, `InvalidTransition` while it is being processed.
    """
    for _ in range(_ATTEMPTS):
        if version is not None and version != file.version:
            raise StaleVersion("The sales file has changed since it was read.")
        if file.status in WORKING:
            raise InvalidTransition.of(file, "a change")
        if not details or file.change(**details):
            return file
        file.refresh_from_db()
    raise LostRace.of(file, "a change")


def _is_taken_uuid(error: IntegrityError) -> bool:
    return "uuid" in broken_constraint(error)


def _refuse_size(filesize: int) -> None:
    least = filesize if filesize % 8 else filesize // 8
    if least > config().max_upload_bytes:
        text = f"No sales file may have more than {config().max_upload_bytes} bytes."
        raise BadValue(text, attr="filesize", code="too_large")
