"""Sales files of an organisation, each compared with what S3 and MongoDB have of it, and mended."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from glider.contract import ImporterResult, Module
from jobs.choices import OPEN_STATES, JobState
from jobs.models import Job
from jobs.services.outbox import finished_job
from oas.api.refusals import Refused
from oas.kernel import object_keys
from oas.kernel.documents import documents, file_id
from oas.kernel.storage import ObjectAbsent, storage
from salesfiles.models import SalesFile
from salesfiles.services.processing import cleaning_result, reimport, save_first_information
from salesfiles.status import WORKING, Status
from totals.models import CountedFile
from upkeep.reconcile.references import LOST, is_there
from upkeep.verification.rebuild import rebuild
from upkeep.verification.recompute import Expectation
from upkeep.verification.verify import differences_of

Write = Callable[[str], object]
ACTOR = "reconcile"
NO_CONTENT = "its content is gone"
GONE = "What was uploaded is no longer in the store. Upload the file again."
SALES = "Parquet"  # the difference that leaves nothing to add up


def mend(organisation: Organisation, write: Write) -> None:
    """Mend the sales files of `organisation` and its ledger, and call `write` with a line for each thing mended.

    Raises StorageError, DocumentsError.
    """
    expected, uncounted = Expectation(organisation), 0
    for id in list(SalesFile.objects.of(organisation).order_by("pk").values_list("pk", flat=True)):
        file = SalesFile.objects.of(organisation).filter(pk=id).first()
        if file is None:
            continue
        try:
            uncounted += _mend(file, expected, lambda text, file=file: write(f"{_named(file)}: {text}"))  # type: ignore[misc]
        except Refused as error:
            write(f"{_named(file)}: left alone, {error.text}")
    # Once after all files, as a rebuild counts every live file of the organisation.
    if uncounted or any(True for _ in expected.differences()):
        count = rebuild(organisation)
        write(f"summary of {organisation}: {count} sales files counted again")


def _named(file: SalesFile) -> str:
    return f"sales file {file.pk} ({file.filename})"


def _mend(file: SalesFile, expected: Expectation, write: Write) -> bool:
    """Mend `file`, or add what it counts to `expected`. Returns whether it counts no longer, at least for now."""
    if not file.raw_etag:
        return False
    if documents().get("files", file_id(file.organisation_id, file.mongo_db_id)) is None:
        save_first_information(file)
        write("what was first known of it is in MongoDB again")
    uncounted = _mend_live(file, expected, write) if file.live_revision else False
    if not uncounted:
        _mend_under_way(file, write)
    return uncounted


# --- the live revision ---


def _mend_live(file: SalesFile, expected: Expectation, write: Write) -> bool:
    found = list(differences_of(file, expected))
    if not found:
        return False
    what = ", ".join(dict.fromkeys(difference.what for difference in found))
    lost = any(difference.what == SALES for difference in found)
    revision = file.live_revision
    if lost:
        _uncount(file)
    if file.status in WORKING:
        write(f"{what} of revision {revision} differ or are gone; the next one is under way")
    else:
        _import_again(file, f"{what} differ or are gone", write)
    return lost


@transaction.atomic
def _uncount(file: SalesFile) -> None:
    """Leave `file` without a live revision. The caller rebuilds the totals over all files afterwards."""
    SalesFile.lock(file.pk)
    # Without the ledger: the object with the file's totals, which it would subtract, may be gone too.
    CountedFile.everything.filter(file_id=file.pk).delete()
    file.refresh_from_db()
    file.change(live_revision=None, activated_revision=None)


# --- the revision under way ---


def _mend_under_way(file: SalesFile, write: Write) -> None:
    file.refresh_from_db()
    why = _missing(file)
    if why:
        _import_again(file, why, write)


def _missing(file: SalesFile) -> str:
    """Name what must be there in this status and is not; empty when all is there. Raises StorageError."""
    if file.status in (Status.UPLOADED, Status.CLEANING, Status.REIMPORT):
        return _missing_source(file)
    if file.status in (Status.CLEANED, Status.PROCESSING) and not all(map(is_there, _cleaned_keys(file))):
        return "its cleaned lines are gone"
    if file.status == Status.PROCESSED:
        result = ImporterResult.model_validate(finished_job(file.pk, Module.IMPORTER, file.revision).result)
        if not all(is_there(each.key) for each in result.parts):
            return "its sale lines are gone"
    return ""


def _cleaned_keys(file: SalesFile) -> list[str]:
    result = cleaning_result(file)
    place = (file.organisation_id, file.uuid, file.revision, result.job)
    if result.cleaned_by_period:
        return [object_keys.cleaned_period(*place, period) for period in result.periods]
    return [result.cleaned_key]


def _missing_source(file: SalesFile) -> str:
    if not _has_content(file):
        return NO_CONTENT
    message = file.current_job.message if file.current_job else {}
    formats = message.get("formats") if file.status == Status.CLEANING else None
    if formats and documents().get("formats", formats) is None:
        return "the layouts of its job are gone"
    return ""


def _has_content(file: SalesFile) -> bool:
    """Return whether S3 has the very content that was pinned. Raises StorageError."""
    try:
        return storage().head(file.raw_key).etag == file.raw_etag
    except ObjectAbsent:
        return False


def _import_again(file: SalesFile, why: str, write: Write) -> None:
    """Reimport `file` from its content; move it to FAILED where that is gone too."""
    if not _has_content(file):
        _fail(file, GONE)
        both = why if why == NO_CONTENT else f"{why}, and so is its content"
        write(f"{both}; FAILED, to be uploaded again")
        return
    # These statuses take no reimport, but FAILED does.
    if file.status in WORKING or file.status == Status.UPLOADED:
        _fail(file, "What had been made of it was lost.")
    reimport(file=file, actor=ACTOR)
    write(f"{why}; imported again from its content, as revision {file.revision}")


@transaction.atomic
def _fail(file: SalesFile, message: str) -> None:
    now = SalesFile.lock(file.pk)
    # One UPDATE without a dispatch: workers are stopped while this runs, and the sweep dispatches later.
    open_jobs = Job.objects.of(now.organisation_id).filter(file=now, state__in=OPEN_STATES)
    open_jobs.update(state=JobState.CANCELLED, finished_at=timezone.now())
    # The status machine has no change from these two to FAILED but by way of REIMPORT.
    if now.status in (Status.PROCESSED, Status.FINALIZED):
        now.move_to(Status.REIMPORT, actor=ACTOR, revision=now.revision + 1)
    if now.status != Status.FAILED:
        now.move_to(Status.FAILED, cause=LOST, message=message, actor=ACTOR)
    file.refresh_from_db()
