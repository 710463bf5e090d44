"""The client of S3 (boto3), and the errors that its own are turned into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from oas.kernel.config import GliderConfig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT: Final = {"404", "NoSuchKey", "NotFound"}
_CHANGED: Final = {"412", "PreconditionFailed"}


class StorageError(Exception):
    """S3 did not answer, or refused what it should not have refused."""


class ObjectAbsent(StorageError):
    """No object has this key."""


class ObjectChanged(StorageError):
    """The object is no longer the one that was pinned."""


class ObjectTooLarge(StorageError):
    """The object has more bytes than the caller allows."""


def s3_client(config: GliderConfig, endpoint: str) -> S3Client:
    """A client for `endpoint`; empty: AWS itself."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=config.s3_region,
        aws_access_key_id=config.s3_access_key.get_secret_value(),
        aws_secret_access_key=config.s3_secret_key.get_secret_value(),
        config=BotoConfig(
            signature_version="s3v4",
            user_agent="oas",  # putting together boto3's own takes a tenth of the time of a call
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 4, "mode": "standard"},
            s3={"addressing_style": "path" if endpoint else "auto"},
            # By default boto3 adds checksums of its own, which not every S3-compatible server takes.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def storage_errors(key: str) -> Iterator[None]:
    """Turn what boto3 raises in the block into `StorageError` or one of its kinds, naming `key`."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise _kind(code)(f"{key}: {code}") from error
    except (BotoCoreError, Boto3Error) as error:
        # Transfers raise Boto3Error whatever S3 answered, so the code of the answer is lost with them.
        raise StorageError(f"{key}: {error}") from error


def _kind(code: str) -> type[StorageError]:
    if code in _ABSENT:
        return ObjectAbsent
    return ObjectChanged if code in _CHANGED else StorageError
