"""An error between OAS and S3 is one of OAS's own, whatever boto3 calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from oas.kernel.config import glider_config
from oas.kernel.s3_client import ObjectAbsent, ObjectChanged, StorageError, storage_errors
from oas.kernel.storage import Storage, storage


@pytest.fixture
def no_bucket() -> Storage:
    """A store that refuses everything: its bucket is not there."""
    return Storage(glider_config().model_copy(update={"s3_bucket": "there-is-no-such-bucket"}))


def test_a_refused_upload_is_an_error_of_the_store_so_that_its_job_is_tried_again(
    no_bucket: Storage, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(StorageError, match="organisation=1/a"):
        no_bucket.upload(tmp_path / "a", "organisation=1/a")


def test_an_object_that_is_not_there_is_absent_however_it_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(ObjectAbsent):
        storage().fetch("organisation=1/nothing", tmp_path / "b")
    with pytest.raises(ObjectAbsent):
        storage().head("organisation=1/nothing")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("404", ObjectAbsent),
        ("NoSuchKey", ObjectAbsent),
        ("NotFound", ObjectAbsent),
        ("412", ObjectChanged),
        ("PreconditionFailed", ObjectChanged),
        ("AccessDenied", StorageError),
        ("SlowDown", StorageError),
    ],
)
def test_the_code_of_an_answer_decides_which_error_is_raised(code: str, kind: type[StorageError]) -> None:
    with pytest.raises(StorageError, match=f"^some/key: {code}$") as raised, storage_errors("some/key"):
        raise ClientError({"Error": {"Code": code}}, "GetObject")
    assert type(raised.value) is kind


def test_a_server_that_cannot_be_reached_is_an_error_of_the_store() -> None:
    with pytest.raises(StorageError, match=r"^some/key: ") as raised, storage_errors("some/key"):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    assert type(raised.value) is StorageError


def test_any_other_error_stays_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), storage_errors("some/key"):
        raise ZeroDivisionError
