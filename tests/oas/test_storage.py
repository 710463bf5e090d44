"""What goes wrong between OAS and S3 is one of three errors, whatever boto3 calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oas.config import glider_config
from oas.storage import ObjectAbsent, Storage, StorageError, storage


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
