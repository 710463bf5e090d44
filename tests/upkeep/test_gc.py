"""What belongs to nothing is removed; what is in use, or young, is not."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Organisation
from catalogue.services.published_copy import publish_now
from jobs.choices import JobState
from jobs.models import Job
from layouts.models import Layout
from oas.celery import app
from oas.kernel import object_keys
from oas.kernel.documents import documents, snapshot_id
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import process, reimport
from salesfiles.status import Action
from tests.jobs.queues import messages, take_all
from tests.salesfiles.glider_stand_in import failed_file, uploaded_file
from tests.totals.driving import finalized, processed, random_content
from upkeep import tasks
from upkeep.collect_garbage import collect
from upkeep.leftovers import COLLECTIONS, Leftover

NOW = timedelta(seconds=-5)  # however young: S3 and we may differ by a moment


@pytest.fixture(autouse=True)
def _nothing_left_by_others(db: None) -> None:
    collect(older_than=NOW)


def gc() -> list[str]:
    """The places of what was removed."""
    return [found.place for found in told(remove=True)]


def told(*, remove: bool) -> list[Leftover]:
    found: list[Leftover] = []
    collect(older_than=NOW, remove=remove, on_leftover=found.append)
    return found


def everything() -> set[str]:
    papers = {f"{name}/{each['_id']}" for name in COLLECTIONS for each in documents().walk(name, ["_id"])}
    return papers | {item.key for item in storage().list("")}


def sold(organisation: Organisation, seed: int) -> SalesFile:
    file = finalized(organisation, random_content(seed))
    activate(file.pk)
    file.refresh_from_db()
    return file


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


def test_what_a_job_leaves_after_its_revision_was_dropped_is_removed(organisation: Organisation) -> None:
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


def test_the_content_of_the_revision_in_force_stays_while_other_content_fails(organisation: Organisation) -> None:
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


def test_what_is_of_another_organisation_is_no_reason_to_keep_it(
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


def test_uploads_in_parts_that_nobody_waits_for_are_dropped(organisation: Organisation) -> None:
    wanted = uploaded_file(organisation)
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


def test_a_dry_run_says_the_same_and_removes_nothing(organisation: Organisation) -> None:
    key = object_keys.raw(organisation.pk, "0badf00d", "sales.csv")
    storage().put_bytes(key, b"12345")
    assert "1 leftovers, 5 bytes of objects, would be removed: 1 of raw content." in command("--dry-run")
    said = command()
    assert f"{key} (raw content, 5 bytes): no such sales file" in said
    assert "were removed" in said
    assert command() == "Nothing is left over.\n"


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("gc", *words, f"--older-than={int(NOW.total_seconds())}", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remove_the_same_and_nothing_else(organisation: Organisation) -> None:
    file = sold(organisation, 6)
    before = everything()
    planted = {object_keys.raw(organisation.pk, f"{n:08x}", "sales.csv") for n in range(1200)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: storage().put_bytes(key, b"x"), planted))
    found: list[set[str]] = [set(), set()]

    def one(said: set[str]) -> None:
        try:
            collect(older_than=NOW, on_leftover=lambda leftover: said.add(leftover.place))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, found))
    own = object_keys.organisation(organisation.pk)
    assert {place for place in found[0] | found[1] if place.startswith(own)} == planted
    after = everything()
    assert before <= after
    assert not planted & after
    assert storage().head(file.raw_key).size == file.raw_size


def test_the_daily_task_takes_each_organisation_by_itself(organisation: Organisation) -> None:
    take_all("oas")
    storage().put_bytes(object_keys.raw(organisation.pk, "0badf00d", "sales.csv"), b"x")
    tasks.gc()
    wanted = [each["argument"] for each in messages("oas") if each["task"] == tasks.GC_OBJECTS]
    assert f"organisation={organisation.pk}/" in wanted
    assert "layouts/" in wanted
    take_all("oas")
    assert [each["schedule"].hour for each in app.conf.beat_schedule.values() if each["task"] == tasks.GC] == [{3}]
