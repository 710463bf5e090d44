"""Documents that the restored database does not know are removed, however young."""

from __future__ import annotations

from accounts.models import Organisation
from oas.kernel.documents import documents, snapshot_id
from tests.upkeep.driving import sold
from tests.upkeep.reconcile.restored import reconciled


def test_documents_of_an_unknown_revision_are_removed_and_others_stay(organisation: Organisation) -> None:
    file = sold(organisation, 15)
    unknown = snapshot_id(file.uuid, 7)
    documents().replace("snapshots", {"_id": unknown, "organisation": organisation.pk})
    assert reconciled().splitlines() == [
        f"document snapshots/{unknown}: an older revision; removed",
        "1 things were mended.",
    ]
    assert documents().get("snapshots", unknown) is None
    assert documents().get("snapshots", snapshot_id(file.uuid, 1)) is not None
