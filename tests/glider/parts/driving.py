"""Runs jobs on the real store and documents, in parts or not; what is handed out is kept and run when the test says."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from glider import running
from glider.jobs import CleaningMessage, CleaningResult, ImporterMessage, ImporterResult, PartMessage, SourceFile
from glider.parts import running as parts_running
from glider.parts.plans import AnyPlan
from oas import keys
from oas.config import glider_config
from oas.documents import documents, rows_of, snapshot_id
from oas.storage import storage

ORGANISATION = 78
Lines = list[dict[str, Any]]


@dataclass
class Handed:
    """Messages of parts that nobody has taken yet, oldest first."""

    waiting: list[PartMessage] = field(default_factory=list)
    rounds: list[tuple[str, int]] = field(default_factory=list)

    def take(self, plan: AnyPlan, parts: Any) -> None:
        numbers = list(parts)
        self.rounds.append((plan.stage, len(numbers)))
        job, organisation = plan.message.job, plan.message.organisation
        self.waiting += [PartMessage(job=job, organisation=organisation, round=plan.round, part=n) for n in numbers]

    def run_all(self, *, newest_first: bool = False) -> None:
        while self.waiting:
            self.run(self.waiting.pop(-1 if newest_first else 0))

    @staticmethod
    def run(message: PartMessage) -> None:
        running.run_part(message.model_dump(mode="json"))


@contextmanager
def cut_at(size: int) -> Iterator[Handed]:
    """Files above `size` bytes are worked on in parts of that size."""
    handed = Handed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAS_SPLIT_BYTES", str(size))
        patch.setenv("OAS_PART_BYTES", str(size))
        patch.setattr(parts_running, "hand_out", handed.take)
        glider_config.cache_clear()
        yield handed
    glider_config.cache_clear()


@dataclass
class Outcome:
    """All that a file leaves behind, without what names its jobs."""

    cleaning: CleaningResult
    imported: ImporterResult | None = None
    rejects: str = ""
    lines: Lines = field(default_factory=list)
    sales: dict[str, Lines] = field(default_factory=dict)
    totals: Lines = field(default_factory=list)
    snapshot: dict[str, Any] = field(default_factory=dict)
    rows: Lines = field(default_factory=list)

    def comparable(self) -> dict[str, Any]:
        jobs = {"job", "cleaned_key", "cleaned_parts", "cleaned_round", "rejects_key"}
        found = {name: value for name, value in vars(self).items() if name not in ("cleaning", "imported")}
        imported = self.imported.model_dump(exclude={"job", "parts", "totals_key"}) if self.imported else None
        return {**found, "cleaning": self.cleaning.model_dump(exclude=jobs), "imported": imported}


def uploaded(content: bytes, filename: str = "sales.csv") -> CleaningMessage:
    """The job of a file that has just been uploaded; nobody is rung."""
    job, uuid = uuid4(), uuid4().hex[:8]
    key = keys.raw(ORGANISATION, uuid, filename)
    storage().put_bytes(key, content)
    return CleaningMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=keys.result(ORGANISATION, job),
        callback_url="",
        file=SourceFile(id=5, uuid=uuid, mongo_db_id="a" * 24, revision=1, filename=filename),
        raw_key=key,
        raw_etag=storage().head(key).etag,
        raw_size=len(content),
        cleaned_key=keys.cleaned(ORGANISATION, uuid, 1, job),
        rejects_key=keys.rejects(ORGANISATION, uuid, 1, job),
    )


def start(message: CleaningMessage | ImporterMessage) -> None:
    running.run_message(message.model_dump(mode="json"))


def importer(message: CleaningMessage, cleaning: CleaningResult) -> ImporterMessage:
    job = uuid4()
    return ImporterMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=keys.result(ORGANISATION, job),
        callback_url="",
        file=message.file,
        cleaned_key=message.cleaned_key,
        exchange_rates=dict.fromkeys(cleaning.net_by_currency, Decimal("1.25")),
        cleaning=cleaning,
    )


def work(content: bytes, size: int = 10**9, *, newest_first: bool = False) -> tuple[Outcome, Handed]:
    """Both modules, in parts of `size` bytes."""
    with cut_at(size) as handed:
        message = uploaded(content)
        start(message)
        handed.run_all(newest_first=newest_first)
        cleaning = CleaningResult.model_validate(storage().get_json(message.result_key))
        if cleaning.status == "failed":
            return Outcome(cleaning), handed
        second = importer(message, cleaning)
        start(second)
        handed.run_all(newest_first=newest_first)
        return _outcome(message, cleaning, second), handed


def _outcome(message: CleaningMessage, cleaning: CleaningResult, second: ImporterMessage) -> Outcome:
    imported = ImporterResult.model_validate(storage().get_json(second.result_key))
    return Outcome(
        cleaning=cleaning,
        imported=imported,
        rejects=gzip.decompress(storage().get_bytes(cleaning.rejects_key)).decode() if cleaning.rejects_key else "",
        lines=_cleaned(message, cleaning),
        sales=_sales(imported),
        totals=_read(imported.totals_key),
        snapshot=_snapshot(message),
        rows=_rows(message),
    )


def _cleaned(message: CleaningMessage, cleaning: CleaningResult) -> Lines:
    if cleaning.cleaned_parts == 0:
        return _read(cleaning.cleaned_key)
    place = (ORGANISATION, message.file.uuid, 1, message.job, cleaning.cleaned_round)
    return [line for part in range(cleaning.cleaned_parts) for line in _read(keys.cleaned_part(*place, part))]


def _sales(imported: ImporterResult) -> dict[str, Lines]:
    found: dict[str, Lines] = {}
    for part in imported.parts:
        found[part.period] = found.get(part.period, []) + _read(part.key)
    return found


def _read(key: str) -> Lines:
    return pl.read_parquet(storage().get_bytes(key)).to_dicts()


def _snapshot(message: CleaningMessage) -> dict[str, Any]:
    found = documents().get("snapshots", snapshot_id(message.file.uuid, 1)) or {}
    return {
        name: value for name, value in found.items() if name not in ("_id", "uuid", "job", "cleaning_job", "written_at")
    }


def _rows(message: CleaningMessage) -> Lines:
    found = documents().find("snapshot_rows", {"snapshot": snapshot_id(message.file.uuid, 1)})
    kept = [{**{name: each[name] for name in ("dimension", "n")}, "rows": rows_of(each)} for each in found]
    return sorted(kept, key=lambda each: (each["dimension"], each["n"]))
