"""Runs a cleaning job: fetches the raw object from S3, cleans it, stores lines and rejects in S3, and saves the first
half of the snapshot's header in MongoDB."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from glider.canonical.parquet_text import as_strings
from glider.canonical.staged_lines import BY_PERIOD_FROM, periods_of
from glider.cleaning.input.containers import Limits
from glider.cleaning.known_words import words_of_organisation
from glider.cleaning.pipeline import Cleaned, Settings, clean
from glider.cleaning.refusal import NothingAccepted
from glider.contract import CleaningMessage, CleaningResult, PreviewMessage
from glider.heartbeat import Heartbeat
from glider.layouts.published import layout_set
from oas.kernel import object_keys
from oas.kernel.config import GliderConfig, glider_config
from oas.kernel.documents import Document, documents, snapshot_id
from oas.kernel.storage import storage


def run_cleaning(message: CleaningMessage, folder: Path, beat: Heartbeat) -> CleaningResult:
    """Clean the file of `message`, working in `folder`. Idempotent: objects and header are overwritten.

    Raises `JobFailed`, also if the raw object has changed since (`raw_etag`).
    """
    raw = folder / "raw"
    beat.progress(1, 0)
    sha256 = storage().download(message.raw_key, raw, etag=message.raw_etag)
    blank = CleaningResult(job=message.job, sha256=sha256)
    try:
        cleaned = clean(raw, folder, settings_for(message), blank, beat.progress)
    except NothingAccepted as error:
        return _nothing_accepted(message, error)
    result = _stored(message, cleaned)
    documents().update("snapshots", _snapshot(message), header_fields(message, result))
    return result


def settings_for(message: CleaningMessage | PreviewMessage) -> Settings:
    """What `clean` needs to know: the layout set of `message`, the worker's limits, and what the user gave."""
    config, layouts = glider_config(), layout_set(message.formats)
    return Settings(
        layouts=layouts.layouts,
        limits=limits(config),
        longest_line=config.max_line_bytes,
        most_columns=config.max_columns,
        stores=layouts.stores,
        territories=layouts.territories,
        reporting_period=message.file.reporting_period,
        filename=message.file.filename,
        account_currency=message.file.account_currency,
        answers=message.answers,
        words_known=partial(words_of_organisation, message.organisation),
        # OAS of the version before does not know lines by period: it leaves `may_be_by_period` out.
        by_period_from=BY_PERIOD_FROM if isinstance(message, CleaningMessage) and message.may_be_by_period else None,
    )


def limits(config: GliderConfig) -> Limits:
    return Limits(bytes=config.max_unpacked_bytes, ratio=config.max_unpacked_ratio, members=config.max_zip_members)


def _stored(message: CleaningMessage, cleaned: Cleaned) -> CleaningResult:
    _store_lines(message, cleaned.lines)
    rejects_key = _stored_rejects(message, cleaned.rejects)
    return cleaned.figures.model_copy(update={"cleaned_key": message.cleaned_key, "rejects_key": rejects_key})


def _nothing_accepted(message: CleaningMessage, error: NothingAccepted) -> CleaningResult:
    """The result of a job that failed, with the figures of its lines; their CSV is stored all the same."""
    rejects_key = _stored_rejects(message, error.rejects)
    failed = {"status": "failed", "cause": error.cause, "message": error.message, "rejects_key": rejects_key}
    return error.figures.model_copy(update=failed)


def _stored_rejects(message: CleaningMessage, rejects: Path | None) -> str | None:
    if rejects is None:
        return None
    storage().upload(rejects, message.rejects_key)
    return message.rejects_key


def _store_lines(message: CleaningMessage, lines: Path) -> None:
    if not lines.is_dir():
        storage().upload(lines, message.cleaned_key)
        return
    found = periods_of(lines)
    # The lake's columns are strings to every engine, so Arrow's note that texts are interned is hidden.
    for path in found.values():
        as_strings(path)
    place = (message.organisation, message.file.uuid, message.file.revision, message.job)
    storage().upload_all((path, object_keys.cleaned_period(*place, period)) for period, path in found.items())


def _snapshot(message: CleaningMessage) -> str:
    return snapshot_id(message.file.uuid, message.file.revision)


def header_fields(message: CleaningMessage, result: CleaningResult) -> Document:
    """The half of a snapshot's header that is known after cleaning; the importer adds the other."""
    figures = result.model_dump(
        mode="json",
        include={
            "layout", "layout_version", "encoding", "rows_read", "accepted", "rejected", "skipped", "reasons",
            "net_read", "net_accepted", "net_rejected", "net_by_currency", "money_read",
            "money_rejected", "periods", "statement_periods", "warnings",
        },
    )  # fmt: skip
    return {
        "organisation": message.organisation,
        "file": message.file.id,
        "uuid": message.file.uuid,
        "mongo_db_id": message.file.mongo_db_id,
        "revision": message.file.revision,
        "cleaning_job": str(message.job),
        **figures,
    }
