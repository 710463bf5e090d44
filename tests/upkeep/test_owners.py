"""Which rows need an object or a document; what no row needs is removed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from accounts.models import Organisation
from catalogue.services.published_copy import publish_now
from jobs.choices import JobState
from jobs.models import Job
from layouts.models import Layout
from oas.kernel import object_keys
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.salesfiles.glider_stand_in import failed_file, uploaded_file
from tests.totals.driving import finalized, processed, random_content
from tests.upkeep.driving import sold
from tests.upkeep.garbage import everything, gc


def test_nothing_that_is_in_use_is_removed(organisation: Organisation) -> None:
    publish_now(organisation)
    sold(organisation, 1)
    uploaded_file(organisation)
    failed_file(organisation)
    file = sold(organisation, 2)
    reimport(file=file)
    processed(file)  # both revisions are there: the old one counts until the new one is FINALIZED
    before = everything()
    assert gc() == []
    assert everything() == before
    assert len(before) > 40


def test_what_a_job_leaves_after_its_revision_was_purged_is_removed(organisation: Organisation) -> None:
    file = finalized(organisation, random_content(3))
    job = Job.everything.get(file=file, module="importer")
    reimport(file=file)
    processed(file)
    finalise(file.pk)
    activate(file.pk)
    late = [
        object_keys.sales(organisation.pk, "2025-01", file.uuid, 1, job.pk),
        object_keys.totals(organisation.pk, file.uuid, 1, job.pk),
        object_keys.result(organisation.pk, job.pk),
        object_keys.cleaned(organisation.pk, file.uuid, 1, job.pk),
    ]
    for key in late:
        storage().put_bytes(key, b"late")
    old = snapshot_id(file.uuid, 1)
    common = {"organisation": organisation.pk, "snapshot": old, "job": str(job.pk)}
    documents().replace("snapshots", {"_id": old, "organisation": organisation.pk})
    documents().write("snapshot_rows", [{"_id": f"{old}:{job.pk}:artist:0", "rows": [], **common}])
    documents().write("sales", [{"_id": f"{old}:{job.pk}:2025-01", **common}])
    papers = [f"snapshots/{old}", f"snapshot_rows/{old}:{job.pk}:artist:0", f"sales/{old}:{job.pk}:2025-01"]
    assert sorted(gc()) == sorted([*late, *papers])
    assert gc() == []


def test_what_a_job_that_failed_has_written_is_removed(organisation: Organisation) -> None:
    file = failed_file(organisation)
    job = Job.everything.get(file=file)
    assert job.state == JobState.FAILED
    key = object_keys.cleaned(organisation.pk, file.uuid, 1, job.pk)
    storage().put_bytes(key, b"half")
    assert gc() == [key]


def test_earlier_uploads_of_a_file_are_removed(organisation: Organisation) -> None:
    file = failed_file(organisation)
    earlier = file.raw_key
    process(file=file, action=Action.UPLOAD)
    storage().put_bytes(file.raw_key, b"again")
    result = object_keys.result(organisation.pk, Job.everything.get(file=file).pk)
    assert gc() == [result, earlier]


def test_the_content_of_the_live_revision_stays_while_other_content_fails(organisation: Organisation) -> None:
    file = sold(organisation, 4)
    key = object_keys.raw(organisation.pk, file.uuid, file.filename, 2)
    storage().put_bytes(key, b"other content")
    SalesFile.everything.filter(pk=file.pk).update(raw_key=key, revision=2, status="FAILED")
    assert gc() == []


def test_what_belongs_to_no_row_is_removed(organisation: Organisation) -> None:
    number, job, other = organisation.pk, uuid4(), uuid4()
    gone = [
        object_keys.raw(number, "0badf00d", "sales.csv"),
        object_keys.cleaned(number, "0badf00d", 1, job),
        object_keys.rejects(number, "0badf00d", 1, job),
        object_keys.preview(number, "0badf00d", job),
        object_keys.preview(0, "layout-999999", job),
        object_keys.sales(number, "2025-01", "0badf00d", 1, job),
        object_keys.totals(number, "0badf00d", 1, job),
        object_keys.report(number, str(other), "csv.gz"),
        object_keys.catalogue(number, "00000009-abcdef01"),
        object_keys.catalogue_aliases(number, "00000009-abcdef01"),
        object_keys.catalogue_import(number, other, "catalogue.csv"),
        object_keys.result(number, job),
        object_keys.layout_example(999999, other, "example.csv"),
    ]
    for key in gone:
        storage().put_bytes(key, b"x")
    papers: list[tuple[str, dict[str, Any]]] = [
        ("files", {"_id": f"{number}:{'a' * 24}", "uuid": "0badf00d"}),
        ("snapshots", {"_id": "0badf00d-r1"}),
        ("snapshot_rows", {"_id": "0badf00d-r1:x:artist:0", "snapshot": "0badf00d-r1", "job": str(job)}),
        ("sales", {"_id": "0badf00d-r1:x:2025-01", "snapshot": "0badf00d-r1", "job": str(job)}),
        ("report_snapshots", {"_id": str(other)}),
        ("report_rows", {"_id": f"{other}:0", "report": str(other)}),
        ("formats", {"_id": "f" * 32}),
    ]
    for name, document in papers:
        documents().replace(name, {"organisation": number, **document})
    assert sorted(gc()) == sorted([*gone, *(f"{name}/{document['_id']}" for name, document in papers)])


def test_a_row_of_another_organisation_is_no_reason_to_keep_it(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    file = sold(organisation, 5)
    stray = file.raw_key.replace(f"organisation={organisation.pk}/", f"organisation={other_organisation.pk}/")
    storage().put_bytes(stray, b"x")
    assert gc() == [stray]


def test_previews_of_a_layouts_example_stay_only_while_they_are_the_last(db: None) -> None:
    last, earlier = uuid4(), uuid4()
    layout = Layout.objects.create(name="mine", text="", content={}, tried={"job": str(last)})
    mine = [object_keys.preview(0, f"layout-{layout.pk}", job) for job in (last, earlier)]
    for key in mine:
        storage().put_bytes(key, b"{}")
    assert gc() == [mine[1]]
