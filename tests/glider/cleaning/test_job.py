"""The lines of a large file are left by period and become the lake's as they are: what comes of them is the same."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from glider.canonical.schema import IMPORTED
from glider.cleaning import job as cleaning_job
from glider.cleaning.job import run_cleaning
from glider.contract import CleaningMessage, CleaningResult, ImporterMessage, ImporterResult, SourceFile
from glider.heartbeat import Heartbeat
from glider.importer.job import run_importer
from oas.kernel import object_keys
from oas.kernel.config import glider_config
from oas.kernel.storage import storage
from tests.glider.driving import distrokid

ORGANISATION = 78
CONTENT = distrokid(
    "2025-06|Spotify|Song One|QZAAA2500001||3|0.5",
    "2025-07|iTunes|Song Two|QZAAA2500002||-1|-0.69",
    "2025-07|iTunes|Song Two|QZAAA2500002||1|broken",
    "|iTunes|Song Two|QZAAA2500002||1|1",
    "2025-06|Spotify|Song Two|QZAAA2500002||7|0.000000000001",
)


# --- through S3 ---


def cleaning_message(content: str) -> CleaningMessage:
    job, uuid = uuid4(), uuid4().hex[:8]
    key = object_keys.raw(ORGANISATION, uuid, "sales.tsv", 1)
    storage().put_bytes(key, content.encode())
    return CleaningMessage(
        job=job,
        organisation=ORGANISATION,
        result_key=object_keys.result(ORGANISATION, job),
        callback_url="http://none/",
        file=SourceFile(id=5, uuid=uuid, mongo_db_id="a" * 24, revision=1, filename="sales.tsv"),
        raw_key=key,
        raw_etag=storage().head(key).etag,
        raw_size=len(content),
        cleaned_key=object_keys.cleaned(ORGANISATION, uuid, 1, job),
        rejects_key=object_keys.rejects(ORGANISATION, uuid, 1, job),
        may_be_by_period=True,
    )


def importer_message(cleaning: CleaningMessage, result: CleaningResult, rate: str) -> ImporterMessage:
    job = uuid4()
    return ImporterMessage(
        job=job, organisation=ORGANISATION, result_key=object_keys.result(ORGANISATION, job), callback_url="http://none/",
        file=cleaning.file, cleaned_key=result.cleaned_key, exchange_rates={"USD": Decimal(rate)}, cleaning=result,
    )  # fmt: skip


def cleaned(message: CleaningMessage, folder: Path) -> CleaningResult:
    return run_cleaning(message, folder, Heartbeat(message.job, glider_config()))


def imported(message: ImporterMessage, folder: Path) -> ImporterResult:
    return run_importer(message, folder, Heartbeat(message.job, glider_config()))


def folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is a large one."""
    monkeypatch.setattr(cleaning_job, "BY_PERIOD_FROM", 0)


@pytest.mark.usefixtures("large")
def test_the_lake_gets_the_cleaned_objects_themselves(tmp_path: Path) -> None:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(tmp_path, "cleaning"))
    outcome = imported(importer_message(message, result, "1"), folder(tmp_path, "importer"))
    assert [(part.period, part.rows, part.revenue) for part in outcome.parts] == [
        ("2025-06", 2, Decimal("0.500000000001")),
        ("2025-07", 1, Decimal("-0.69")),
    ]
    for part in outcome.parts:
        source = object_keys.cleaned_period(ORGANISATION, message.file.uuid, 1, message.job, part.period)
        assert storage().get_bytes(part.key) == storage().get_bytes(source)
    assert all(check.tied for check in outcome.checks)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("rate", ["1", "0.5"])
def test_what_lies_in_the_lake_has_the_lakes_columns_to_every_engine(rate: str, tmp_path: Path) -> None:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(tmp_path, "cleaning"))
    outcome = imported(importer_message(message, result, rate), folder(tmp_path, "importer"))
    for part in outcome.parts:
        path = tmp_path / f"{part.period}.parquet"
        storage().fetch(part.key, path)
        assert pl.read_parquet_schema(path) == pl.Schema(IMPORTED)
        assert str(pq.read_schema(path).field("dsp").type) in ("string", "large_string")
        question = "SELECT sum(revenue), typeof(any_value(dsp)) FROM read_parquet(?)"
        found = duckdb.execute(question, [str(path)]).fetchall()
        assert found == [(part.revenue, "VARCHAR")]


@pytest.mark.usefixtures("large")
def test_lines_of_another_currency_get_their_revenue_line_by_line(tmp_path: Path) -> None:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(tmp_path, "cleaning"))
    outcome = imported(importer_message(message, result, "0.5"), folder(tmp_path, "importer"))
    assert outcome.total_local == Decimal("-0.0949999999995")
    assert {part.period: part.revenue for part in outcome.parts} == {
        "2025-06": Decimal("0.2500000000005"),
        "2025-07": Decimal("-0.345"),
    }


@pytest.mark.usefixtures("large")
def test_lines_are_left_in_one_object_for_a_worker_that_knows_no_other_way(tmp_path: Path) -> None:
    """OAS of the version before asks for it without saying that it knows them by period."""
    message = cleaning_message(CONTENT).model_copy(update={"may_be_by_period": False})
    result = cleaned(message, folder(tmp_path, "cleaning"))
    assert not result.cleaned_by_period
    assert storage().head(result.cleaned_key).size > 0
    outcome = imported(importer_message(message, result, "1"), folder(tmp_path, "importer"))
    assert outcome.total_local == Decimal("-0.189999999999")


def test_a_small_file_stays_in_one_object(tmp_path: Path) -> None:
    message = cleaning_message(CONTENT)
    result = cleaned(message, folder(tmp_path, "cleaning"))
    assert (result.cleaned_by_period, storage().head(message.cleaned_key).key) == (False, message.cleaned_key)
