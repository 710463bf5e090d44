"""What a sales file has in S3 and MongoDB."""

from __future__ import annotations

from accounts.models import Organisation
from oas.kernel import object_keys
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from salesfiles.models import SalesFile


def objects(organisation: Organisation, word: str) -> list[str]:
    """Keys of the organisation that contain `word`."""
    return [item.key for item in storage().list(object_keys.organisation(organisation.pk)) if word in item.key]


def sales_of(file: SalesFile) -> list[tuple[int, bool]]:
    return sorted((doc["revision"], doc["live"]) for doc in documents().find("sales", {"file": file.pk}))


def snapshots_of(file: SalesFile) -> list[str]:
    return sorted(doc["_id"] for doc in documents().find("snapshots", {"file": file.pk}))
