"""Objects in S3 (boto3): presigned links, transfers, listings. Knows no Django.

Keys come from `oas.kernel.object_keys`. No correctness rests on conditional writes, which not every S3-compatible
server has: outputs have keys of their own (they contain the job's id), so that writing one twice writes the same thing.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from oas.kernel.config import GliderConfig, glider_config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Thing = TypeVar("Thing")
CHUNK = 8 * 1024 * 1024
TRANSFER = TransferConfig(multipart_threshold=64 * 1024 * 1024, multipart_chunksize=32 * 1024 * 1024, max_concurrency=4)
STREAMED = TransferConfig(
    multipart_threshold=CHUNK, multipart_chunksize=CHUNK, max_concurrency=4
)  # its length is unknown
COPIED = TransferConfig(multipart_threshold=5 * 1024**3)  # what S3 copies in one request
TOGETHER = 4  # objects on their way at a time
_ABSENT = {"404", "NoSuchKey", "NotFound"}
_CHANGED = {"412", "PreconditionFailed"}


class StorageError(Exception):
    """S3 did not answer, or refused what it should not have refused."""


class ObjectAbsent(StorageError):
    """No object has this key."""


class ObjectChanged(StorageError):
    """The object is no longer the one that was pinned."""


class ObjectTooLarge(StorageError):
    """The object has more bytes than were to be read."""


@dataclass(frozen=True)
class ObjectInfo:
    """What S3 says of an object: `size` in bytes, `etag` without quotes (the MD5 for an object put in one piece)."""

    key: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True)
class Upload:
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    id: str
    begun: datetime


class Storage:
    """One bucket. `client` talks to the server; `signer` makes links with the address that browsers can reach."""

    def __init__(self, config: GliderConfig) -> None:
        self.bucket = config.s3_bucket
        self.client = _client(config, config.s3_endpoint)
        public = config.s3_public_endpoint
        self.signer = _client(config, public) if public else self.client

    # --- links ---

    def presigned_put(self, key: str, *, expires: int = 900, size: int | None = None) -> str:
        """A link that takes one PUT of exactly `size` bytes (any size when None) within `expires` seconds."""
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if size is not None:
            params["ContentLength"] = size
        return self.signer.generate_presigned_url("put_object", Params=params, ExpiresIn=expires)

    def presigned_get(self, key: str, *, expires: int = 900, filename: str | None = None) -> str:
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if filename is not None:
            params["ResponseContentDisposition"] = f'attachment; filename="{filename}"'
        return self.signer.generate_presigned_url("get_object", Params=params, ExpiresIn=expires)

    def start_multipart(self, key: str) -> str:
        with _errors(key):
            return self.client.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def presigned_part(self, key: str, upload_id: str, number: int, *, expires: int = 900) -> str:
        params = {"Bucket": self.bucket, "Key": key, "UploadId": upload_id, "PartNumber": number}
        return self.signer.generate_presigned_url("upload_part", Params=params, ExpiresIn=expires)

    def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> None:
        """Part `number` (from 1) of a multipart upload; all but the last have at least 5 MiB."""
        with _errors(key):
            self.client.upload_part(Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)

    def complete_multipart(self, key: str, upload_id: str) -> None:
        """Join the parts that S3 holds, in order (the server is asked, the client is not believed)."""
        with _errors(key):
            pages = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
            parts: list[Any] = [
                {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
                for page in pages
                for part in page.get("Parts", [])
            ]
            self.client.complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )

    def abort_multipart(self, key: str, upload_id: str) -> None:
        with _errors(key):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    # --- objects ---

    def head(self, key: str) -> ObjectInfo:
        """Raises `ObjectAbsent`."""
        with _errors(key):
            answer = self.client.head_object(Bucket=self.bucket, Key=key)
        etag, size = answer["ETag"].strip('"'), answer["ContentLength"]
        return ObjectInfo(key=key, size=size, etag=etag, modified=answer["LastModified"])

    def download(self, key: str, path: Path, *, etag: str | None = None) -> str:
        """Stream the object into `path`; returns its SHA-256 in hex.

        `etag` pins the object: `ObjectChanged` when it is another by now.
        """
        pinned: dict[str, Any] = {"IfMatch": f'"{etag}"'} if etag else {}
        digest = hashlib.sha256()
        with _errors(key), path.open("wb") as file:
            answer = self.client.get_object(Bucket=self.bucket, Key=key, **pinned)
            if etag and answer["ETag"].strip('"') != etag:  # not every server looks at If-Match
                raise ObjectChanged(key)
            _hand_over(answer["Body"].iter_chunks(CHUNK), (digest.update, file.write))
        return digest.hexdigest()

    def fetch(self, key: str, path: Path) -> None:
        """Like `download`, in parallel ranges and without a checksum: for objects that Glider wrote itself."""
        with _errors(key):
            first = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes=0-{CHUNK - 1}")
            whole = int(first["ContentRange"].rpartition("/")[2])
            if whole <= CHUNK:  # the machinery for large ones costs more than a small one itself
                path.write_bytes(first["Body"].read())
            else:
                first["Body"].close()
                self.client.download_file(self.bucket, key, str(path), Config=TRANSFER)

    def upload(self, path: Path, key: str) -> None:
        if path.stat().st_size <= CHUNK:  # as with `fetch`
            self.put_bytes(key, path.read_bytes())
            return
        with _errors(key):
            self.client.upload_file(str(path), self.bucket, key, Config=TRANSFER)

    def fetch_all(self, files: Iterable[tuple[str, Path]]) -> None:
        """Each object to its path, whose folders are made; several at a time, here and below."""

        def fetch(pair: tuple[str, Path]) -> None:
            pair[1].parent.mkdir(parents=True, exist_ok=True)
            self.fetch(*pair)

        _several(fetch, files)

    def upload_all(self, files: Iterable[tuple[Path, str]]) -> None:
        _several(lambda pair: self.upload(*pair), files)

    def copy_all(self, objects: Iterable[tuple[str, str]]) -> None:
        _several(lambda pair: self.copy(*pair), objects)

    def copy(self, source: str, key: str) -> None:
        """Copy an object to another key, without its bytes coming here."""
        with _errors(source):
            self.client.copy({"Bucket": self.bucket, "Key": source}, self.bucket, key, Config=COPIED)

    def upload_joined(self, paths: Iterable[Path], key: str) -> int:
        """Upload files, one behind the other, as one object; returns its size. A file is read before the next is asked
        for, so that it may be made while those before it are on their way."""
        joined = _Joined(paths)
        with _errors(key):
            self.client.upload_fileobj(io.BufferedReader(joined, CHUNK), self.bucket, key, Config=STREAMED)
        return joined.size

    def put_bytes(self, key: str, body: bytes) -> None:
        with _errors(key):
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def put_json(self, key: str, document: str) -> None:
        with _errors(key):
            self.client.put_object(Bucket=self.bucket, Key=key, Body=document.encode(), ContentType="application/json")

    def get_json(self, key: str) -> Any:
        """Raises `ObjectAbsent`."""
        return json.loads(self.get_bytes(key))

    def get_bytes(self, key: str, *, most: int | None = None) -> bytes:
        """The whole object: for small ones only. Raises `ObjectAbsent`, `ObjectTooLarge`."""
        with _errors(key):
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
            if most is not None and answer["ContentLength"] > most:
                answer["Body"].close()
                raise ObjectTooLarge(key)
            return answer["Body"].read()

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        with _errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Contents", []):
                    etag = item["ETag"].strip('"')
                    yield ObjectInfo(key=item["Key"], size=item["Size"], etag=etag, modified=item["LastModified"])

    def folders(self, prefix: str) -> Iterator[str]:
        """The folders whose names begin with `prefix`, each ending in a slash."""
        with _errors(prefix):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/"):
                for item in page.get("CommonPrefixes", []):
                    yield item["Prefix"]

    def uploads(self, prefix: str) -> Iterator[Upload]:
        """Multipart uploads that are under way, or were left lying. (Where there never was one: NoSuchUpload.)"""
        with _errors(prefix), suppress(self.client.exceptions.NoSuchUpload):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Uploads", []):
                    yield Upload(key=item["Key"], id=item["UploadId"], begun=item["Initiated"])

    def delete(self, *keys: str) -> None:
        """Delete objects; one that is not there is no error. Raises `StorageError` when one could not be deleted."""
        for start in range(0, len(keys), 1000):
            batch: list[Any] = [{"Key": key} for key in keys[start : start + 1000]]
            with _errors(keys[start]):
                answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            for refused in answer.get("Errors", [])[:1]:
                raise StorageError(f"{refused['Key']}: not deleted ({refused.get('Code')}: {refused.get('Message')})")

    def delete_folder(self, prefix: str) -> int:
        """Delete everything below `prefix`; returns how many objects there were."""
        keys = [item.key for item in self.list(prefix)]
        self.delete(*keys)
        return len(keys)

    def ping(self) -> None:
        """Raises `StorageError` when the bucket cannot be reached."""
        with _errors(self.bucket):
            self.client.head_bucket(Bucket=self.bucket)


class _Joined(io.RawIOBase):
    """Files as one stream; `size` is what was read so far."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.size = 0
        self._paths = iter(paths)
        self._file: io.BytesIO | io.FileIO = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not (count := self._file.readinto(buffer) or 0):
            path = next(self._paths, None)
            if path is None:
                return 0
            self._file.close()
            self._file = path.open("rb", buffering=0)
        self.size += count
        return count


class _errors:
    """Turn what boto3 raises into our three errors, naming the key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            code = str(error.response.get("Error", {}).get("Code", ""))
            raise _named(code)(f"{self.key}: {code}") from error
        if isinstance(error, (BotoCoreError, Boto3Error)):  # the second: of transfers, whatever S3 said to them
            raise StorageError(f"{self.key}: {error}") from error


def _several(work: Callable[[Thing], object], things: Iterable[Thing]) -> None:
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(work, things))


def _hand_over(chunks: Iterable[bytes], takers: Sequence[Callable[[bytes], object]]) -> None:
    """Give every chunk to all takers, in order, while the next one is on its way."""

    def take(chunk: bytes) -> None:
        for taker in takers:
            taker(chunk)

    with ThreadPoolExecutor(1) as pool:
        taken: Future[None] | None = None
        for chunk in chunks:
            if taken is not None:
                taken.result()
            taken = pool.submit(take, chunk)
        if taken is not None:
            taken.result()


def _named(code: str) -> type[StorageError]:
    if code in _ABSENT:
        return ObjectAbsent
    return ObjectChanged if code in _CHANGED else StorageError


def _client(config: GliderConfig, endpoint: str) -> S3Client:
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
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@lru_cache(maxsize=1)
def storage() -> Storage:
    return Storage(glider_config())
