"""The bucket and its rules: who may upload from a browser, what is thrown away when, and that nothing is public.

Not every S3-compatible server knows every rule; one it refuses is named and left out, and nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from oas.kernel.storage import Storage

ABANDONED_DAYS: Final = 2  # parts of an upload that nobody completed

BLOCK_PUBLIC: Final[Any] = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def set_up_bucket(storage: Storage, origins: Sequence[str]) -> list[str]:
    """Make the bucket when there is none and set its rules; returns the rules that the server does not know."""
    ensure_bucket(storage)
    rules: dict[str, Callable[[], object]] = {
        "block public access": lambda: storage.client.put_public_access_block(
            Bucket=storage.bucket, PublicAccessBlockConfiguration=BLOCK_PUBLIC
        ),
        "lifecycle": lambda: storage.client.put_bucket_lifecycle_configuration(
            Bucket=storage.bucket, LifecycleConfiguration={"Rules": lifecycle_rules()}
        ),
    }
    if origins:
        rules["cors"] = lambda: storage.client.put_bucket_cors(
            Bucket=storage.bucket, CORSConfiguration={"CORSRules": cors_rules(origins)}
        )
    return [name for name, rule in rules.items() if not _takes(rule)]


def ensure_bucket(storage: Storage) -> None:
    """Two at once are no error: the bucket is there afterwards."""
    region = storage.client.meta.region_name
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        storage.client.create_bucket(Bucket=storage.bucket, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
    storage.ping()


def cors_rules(origins: Sequence[str]) -> list[Any]:
    """Browsers of these origins may PUT to presigned links, read them, and see the ETag of what they sent."""
    return [
        {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["GET", "PUT", "HEAD"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
    ]


def lifecycle_rules() -> list[Any]:
    """Objects of sales files are never aged out: OAS deletes them when it deletes the file."""
    return [
        {
            "ID": "abandoned-uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_DAYS},
        }
    ]


def _takes(rule: Callable[[], object]) -> bool:
    try:
        rule()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status in (400, 404, 405, 409, 501):  # 409: taken for another creation of the bucket
            return False
        raise
    return True
