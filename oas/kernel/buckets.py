"""The bucket and its rules: no public access, uploads from browsers, an end to abandoned uploads.

Not every S3-compatible server knows every rule, so nothing else depends on them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from oas.kernel.storage import Storage

ABANDONED_DAYS: Final = 2  # after which the parts of an upload that was not completed are removed

BLOCK_PUBLIC: Final[Any] = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def set_up_bucket(storage: Storage, origins: Sequence[str]) -> list[str]:
    """Create the bucket of `storage` and set its rules, for browsers of `origins` too. Idempotent.

    Returns the names of the rules that the server does not know.
    """
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
    return [name for name, rule in rules.items() if not _is_set(rule)]


def ensure_bucket(storage: Storage) -> None:
    """Create the bucket of `storage`. Idempotent. Raises ClientError, `StorageError`."""
    region = storage.client.meta.region_name
    # AWS refuses its default region as a location constraint, and demands every other one.
    where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        storage.client.create_bucket(Bucket=storage.bucket, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
    storage.ping()


def cors_rules(origins: Sequence[str]) -> list[Any]:
    """Let browsers of `origins` PUT to presigned links, read them, and see the ETag of what they sent."""
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
    """End abandoned uploads. No object expires: OAS deletes those of a sales file when it deletes the file."""
    return [
        {
            "ID": "abandoned-uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_DAYS},
        }
    ]


def _is_set(rule: Callable[[], object]) -> bool:
    try:
        rule()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        # Ways to refuse an unknown rule. 409: some servers take it for another creation of the bucket.
        if status in (400, 404, 405, 409, 501):
            return False
        raise
    return True
