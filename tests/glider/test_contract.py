"""The form of messages, results and keys in Redis. tests/promises/test_deploys.py has those of earlier versions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from glider.contract import (
    MESSAGE,
    RESULT,
    CleaningResult,
    ImporterMessage,
    ImporterResult,
    PreviewMessage,
    SourceFile,
    lease_key,
    progress_key,
)

JOB = UUID(int=7)
FILE = SourceFile(id=1, uuid="0123abcd", mongo_db_id="a" * 24, revision=1, filename="sales.csv")
PREVIEW: dict[str, Any] = {
    "module": "preview",
    "job": str(JOB),
    "organisation": 1,
    "result_key": "r",
    "callback_url": "",
    "file": FILE.model_dump(),
    "raw_key": "k",
    "raw_etag": "e",
}


def test_amounts_are_decimal_strings_without_exponent() -> None:
    result = ImporterResult(job=JOB, total_local=Decimal("1E+20"))
    assert json.loads(result.model_dump_json())["total_local"] == "100000000000000000000"
    cleaning = CleaningResult(job=JOB, net_by_currency={"EUR": Decimal("0.000000000000000001")})
    assert json.loads(cleaning.model_dump_json())["net_by_currency"] == {"EUR": "0.000000000000000001"}


def test_an_importer_message_carries_the_result_of_cleaning_through_json() -> None:
    message = ImporterMessage(
        job=JOB,
        organisation=1,
        result_key="r",
        callback_url="",
        file=FILE,
        cleaned_key="c",
        exchange_rates={"USD": Decimal("0.92")},
        cleaning=CleaningResult(job=UUID(int=6), accepted=3, net_accepted=Decimal("1.50")),
    )
    assert MESSAGE.validate_json(message.model_dump_json()) == message


def test_the_module_decides_the_kind_of_message_and_result() -> None:
    assert isinstance(MESSAGE.validate_python(PREVIEW), PreviewMessage)
    assert isinstance(RESULT.validate_python({"module": "importer", "job": str(JOB)}), ImporterResult)
    with pytest.raises(ValidationError):
        MESSAGE.validate_python({**PREVIEW, "module": "shell"})


def test_a_field_of_a_later_version_is_ignored_and_a_missing_one_refused() -> None:
    assert MESSAGE.validate_python({**PREVIEW, "later": 1}) == MESSAGE.validate_python(PREVIEW)
    with pytest.raises(ValidationError, match="raw_key"):
        MESSAGE.validate_python({name: value for name, value in PREVIEW.items() if name != "raw_key"})


def test_the_keys_in_redis_stay() -> None:
    assert lease_key(JOB) == "glider:lease:00000000-0000-0000-0000-000000000007"
    assert progress_key(JOB) == "glider:progress:00000000-0000-0000-0000-000000000007"
