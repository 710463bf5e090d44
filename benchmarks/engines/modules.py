"""Glider's two modules as its worker runs them: `python -m benchmarks.engines.modules SOURCE [--s3]`.

With `--s3` the raw object, the cleaned lines and the Parquet go through S3, and the totals to MongoDB, by the worker's
own functions; without, the same work on local files.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import glider.celery  # noqa: F401  # sets the engine up before it is loaded, as in a worker
from benchmarks.engines.process import Groups, carried, refuse_wrong, timed
from glider.cleaning.job import run_cleaning, settings_for
from glider.cleaning.pipeline import clean
from glider.contract import CleaningMessage, CleaningResult, ImporterMessage, ImporterResult, SourceFile
from glider.heartbeat import Heartbeat
from glider.importer.job import run_importer
from glider.importer.pipeline import Imported, import_lines, result
from glider.runner import warm_up
from oas.kernel import object_keys
from oas.kernel.config import glider_config
from oas.kernel.documents import documents, rows_of, snapshot_id
from oas.kernel.storage import storage
from oas.kernel.totals import DIMENSIONS

ORGANISATION: Final = 1


def main() -> None:
    source, *options = sys.argv[1:]
    path, through_s3 = Path(source), "--s3" in options
    warm_up()
    with tempfile.TemporaryDirectory(prefix="oas-modules-") as name:
        folder = Path(name)
        figures, groups = _timed_through_s3(path, folder) if through_s3 else _timed_locally(path, folder)
        refuse_wrong(groups, json.loads(path.with_suffix(".json").read_text()))
        print(json.dumps(figures))


def _timed_locally(path: Path, folder: Path) -> tuple[dict[str, Any], Groups]:
    shutil.copy(path, folder / "raw")
    figures, groups = timed(lambda: _locally(folder, path.name))
    return {**figures, "moved": _moved(folder, path)}, groups


def _timed_through_s3(path: Path, folder: Path) -> tuple[dict[str, Any], Groups]:
    message, before = _put(path), carried()
    figures, groups = timed(lambda: _through_s3(message, folder))
    return {**figures, "moved": carried() - before}, groups


def message_for(name: str, size: int, etag: str, key: str) -> CleaningMessage:
    job, uuid = uuid4(), uuid4().hex[:8]
    return CleaningMessage(
        job=job, organisation=ORGANISATION, result_key="", callback_url="",
        file=SourceFile(id=1, uuid=uuid, mongo_db_id=uuid4().hex[:24], revision=1, filename=name),
        raw_key=key, raw_etag=etag, raw_size=size, cleaned_key=object_keys.cleaned(ORGANISATION, uuid, 1, job),
        rejects_key=object_keys.rejects(ORGANISATION, uuid, 1, job), may_be_by_period=True,
    )  # fmt: skip


def _locally(folder: Path, name: str) -> Groups:
    message = message_for(name, 0, "", "")
    cleaned = clean(folder / "raw", folder, settings_for(message), CleaningResult(job=message.job), _silent)
    imported = import_lines(cleaned.lines, folder, _rates(cleaned.figures))
    outcome = result(imported, cleaned.figures, dict.fromkeys(imported.files, ""), ImporterResult(job=message.job))
    _refuse_untied(cleaned.figures, outcome)
    return _groups(imported)


def _put(path: Path) -> CleaningMessage:
    documents().ensure_indexes()
    key = object_keys.raw(ORGANISATION, uuid4().hex[:8], path.name)
    storage().upload(path, key)
    pinned = storage().head(key)
    return message_for(path.name, pinned.size, pinned.etag, key)


def _through_s3(message: CleaningMessage, folder: Path) -> Groups:
    beat = Heartbeat(message.job, glider_config())
    for name in ("cleaning", "importer"):
        (folder / name).mkdir()
    cleaning = run_cleaning(message, folder / "cleaning", beat)
    job = ImporterMessage(
        job=uuid4(), organisation=ORGANISATION, result_key="", callback_url="", file=message.file,
        cleaned_key=message.cleaned_key, exchange_rates=_rates(cleaning), cleaning=cleaning,
        may_be_by_column=True,
    )  # fmt: skip
    outcome = run_importer(job, folder / "importer", beat)
    _refuse_untied(cleaning, outcome)
    return _kept(message)


def _kept(message: CleaningMessage) -> Groups:
    found = documents().find("snapshot_rows", {"snapshot": snapshot_id(message.file.uuid, message.file.revision)})
    groups: Groups = {dimension: [] for dimension in DIMENSIONS}
    for document in found:
        groups[document["dimension"]] += [(row["rows"], Decimal(row["net"])) for row in rows_of(document)]
    return groups


def _groups(imported: Imported) -> Groups:
    return {name: list(table.select("rows", "net").iter_rows()) for name, table in imported.totals.items()}


def _rates(figures: CleaningResult) -> dict[str, Decimal]:
    return dict.fromkeys(figures.net_by_currency, Decimal(1))


def _refuse_untied(cleaning: CleaningResult, outcome: ImporterResult) -> None:
    untied = [check.name for check in (*cleaning.checks, *outcome.checks) if not check.tied]
    if untied or cleaning.rejected:
        raise SystemExit(f"{cleaning.rejected} lines were rejected; checks that do not tie: {untied}")


def _moved(folder: Path, source: Path) -> float:
    """Return the megabytes of the file, of the cleaned lines (written and read) and of sales that were rewritten."""
    cleaned = max(_size(path) for path in folder.rglob("lines*.parquet"))
    sales = sum(_size(path) for path in folder.rglob("parts"))
    return (source.stat().st_size + 2 * cleaned + sales) / 1e6


def _size(place: Path) -> int:
    return sum(path.stat().st_size for path in [place, *place.rglob("*")] if path.is_file())


def _silent(percent: int, rows: int) -> None:
    return None


if __name__ == "__main__":
    main()
