"""Objects in S3: presigned links, transfers, listings.

Keys come from `oas.kernel.object_keys`. No correctness rests on conditional writes, which not every S3-compatible
server has: outputs have keys of their own (they contain the job's id), so that writing one twice writes the same thing.

`storage()` is the one store of a process. Every method raises `StorageError` when S3 does not answer.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from boto3.s3.transfer import TransferConfig

from oas.kernel.config import GliderConfig, glider_config
from oas.kernel.s3_client import ObjectAbsent, ObjectChanged, ObjectTooLarge, StorageError, s3_client, storage_errors
from oas.kernel.streams import JoinedFiles, hand_over

__all__ = [
    "ObjectAbsent",
    "ObjectChanged",
    "ObjectInfo",
    "ObjectTooLarge",
    "Storage",
    "StorageError",
    "Upload",
    "storage",
]

Thing = TypeVar("Thing")
CHUNK: Final = 8 * 1024 * 1024
PIECE: Final = 1024 * 1024
TRANSFER: Final = TransferConfig(
    multipart_threshold=64 * 1024 * 1024, multipart_chunksize=32 * 1024 * 1024, max_concurrency=4
)
# The length of a stream is not known, so it goes in small parts, of which few are in memory at a time.
STREAMED: Final = TransferConfig(multipart_threshold=CHUNK, multipart_chunksize=CHUNK, max_concurrency=4)
COPIED: Final = TransferConfig(multipart_threshold=5 * 1024**3)  # what S3 copies in one request
TOGETHER: Final = 4  # objects on their way at a time
MOST_DELETED: Final = 1000  # keys that S3 takes in one request


@dataclass(frozen=True)
class ObjectInfo:
    """What S3 reports about an object: `size` in bytes; `etag` without quotes, the MD5 if it was put in one piece."""

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
    """One bucket. `client` talks to the server; `signer` makes links with the address that browsers reach."""

    def __init__(self, config: GliderConfig) -> None:
        self.bucket = config.s3_bucket
        self.client = s3_client(config, config.s3_endpoint)
        public = config.s3_public_endpoint
        self.signer = s3_client(config, public) if public else self.client

    # --- links ---

    def presigned_put(self, key: str, *, expires: int = 900, size: int | None = None) -> str:
        """A link that takes a PUT of exactly `size` bytes (of any size when None) for `expires` seconds."""
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if size is not None:
            params["ContentLength"] = size
        return self.signer.generate_presigned_url("put_object", Params=params, ExpiresIn=expires)

    def presigned_get(self, key: str, *, expires: int = 900, filename: str | None = None) -> str:
        """A link to read the object for `expires` seconds; with `filename` a browser saves it under that name."""
        params: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if filename is not None:
            params["ResponseContentDisposition"] = f'attachment; filename="{filename}"'
        return self.signer.generate_presigned_url("get_object", Params=params, ExpiresIn=expires)

    def start_multipart(self, key: str) -> str:
        """Begin a multipart upload; returns its id."""
        with storage_errors(key):
            return self.client.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def presigned_part(self, key: str, upload_id: str, number: int, *, expires: int = 900) -> str:
        """A link that takes a PUT of part `number` (from 1) of a multipart upload for `expires` seconds."""
        params = {"Bucket": self.bucket, "Key": key, "UploadId": upload_id, "PartNumber": number}
        return self.signer.generate_presigned_url("upload_part", Params=params, ExpiresIn=expires)

    def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> None:
        """Upload `body` as part `number` (from 1); every part but the last has at least 5 MiB."""
        with storage_errors(key):
            self.client.upload_part(Bucket=self.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)

    def complete_multipart(self, key: str, upload_id: str) -> None:
        """Join the parts that S3 lists, in order, whatever the client reported about its own."""
        with storage_errors(key):
            pages = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
            parts: list[Any] = [
                {"PartNumber": part["PartNumber"], "ETag": part["ETag"]}
                for page in pages
                for part in page.get("Parts", [])
            ]
            self.client.complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )

    def parts_size(self, key: str, upload_id: str) -> int:
        """The bytes that the parts of a multipart upload have so far; 0 for one that S3 does not know (any more)."""
        with storage_errors(key), suppress(self.client.exceptions.NoSuchUpload):
            pages = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=upload_id)
            return sum(part["Size"] for page in pages for part in page.get("Parts", []))
        return 0

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Give up a multipart upload; S3 removes its parts."""
        with storage_errors(key):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    # --- objects ---

    def head(self, key: str) -> ObjectInfo:
        """What S3 reports about the object. Raises `ObjectAbsent`."""
        with storage_errors(key):
            answer = self.client.head_object(Bucket=self.bucket, Key=key)
        etag, size = answer["ETag"].strip('"'), answer["ContentLength"]
        return ObjectInfo(key=key, size=size, etag=etag, modified=answer["LastModified"])

    def download(self, key: str, path: Path, *, etag: str | None = None) -> str:
        """Stream the object into `path`; returns its SHA-256 in hex.

        `etag` pins the object: raises `ObjectChanged` when another has its key by now. Raises `ObjectAbsent`.
        """
        pinned: dict[str, Any] = {"IfMatch": f'"{etag}"'} if etag else {}
        digest = hashlib.sha256()
        with storage_errors(key), path.open("wb") as file:
            answer = self.client.get_object(Bucket=self.bucket, Key=key, **pinned)
            # Not every S3-compatible server heeds If-Match.
            if etag and answer["ETag"].strip('"') != etag:
                raise ObjectChanged(key)
            hand_over(answer["Body"].iter_chunks(CHUNK), (digest.update, file.write))
        return digest.hexdigest()

    def fetch(self, key: str, path: Path) -> None:
        """Read the object into `path` in parallel ranges and without a checksum: for objects that Glider wrote itself.

        Raises `ObjectAbsent`.
        """
        with storage_errors(key):
            first = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes=0-{CHUNK - 1}")
            whole = int(first["ContentRange"].rpartition("/")[2])
            # For a small object the machinery of parallel transfers costs more than the transfer itself.
            if whole <= CHUNK:
                path.write_bytes(first["Body"].read())
            else:
                first["Body"].close()
                self.client.download_file(self.bucket, key, str(path), Config=TRANSFER)

    def upload(self, path: Path, key: str) -> None:
        """Write the file at `path` to `key`, a large one in parallel parts."""
        if path.stat().st_size <= CHUNK:
            self.put_bytes(key, path.read_bytes())
            return
        with storage_errors(key):
            self.client.upload_file(str(path), self.bucket, key, Config=TRANSFER)

    def fetch_all(self, files: Iterable[tuple[str, Path]]) -> None:
        """`fetch` each object into its path, `TOGETHER` at a time, and make the folders of the paths."""

        def fetch(pair: tuple[str, Path]) -> None:
            pair[1].parent.mkdir(parents=True, exist_ok=True)
            self.fetch(*pair)

        _in_parallel(fetch, files)

    def upload_all(self, files: Iterable[tuple[Path, str]]) -> None:
        """`upload` each file to its key, `TOGETHER` at a time."""
        _in_parallel(lambda pair: self.upload(*pair), files)

    def copy_all(self, objects: Iterable[tuple[str, str]]) -> None:
        """`copy` each object to its other key, `TOGETHER` at a time."""
        _in_parallel(lambda pair: self.copy(*pair), objects)

    def copy(self, source: str, key: str, *, size: int | None = None) -> None:
        """Copy the object `source`, of `size` bytes if known, to `key` within S3: its bytes do not come here.

        Raises `ObjectAbsent`.
        """
        with storage_errors(source):
            # boto3's own copying asks for the size first, and cuts what is too large for one request into parts.
            if size is None or size > COPIED.multipart_threshold:
                self.client.copy({"Bucket": self.bucket, "Key": source}, self.bucket, key, Config=COPIED)
            else:
                place = {"Bucket": self.bucket, "Key": source}
                self.client.copy_object(Bucket=self.bucket, Key=key, CopySource=place)  # type: ignore[arg-type]

    def upload_joined(self, paths: Iterable[Path], key: str) -> int:
        """Upload the files at `paths`, one after the other, as one object; returns its size in bytes.

        A path is asked for when the file before it is read: a file may be made while earlier ones are on their way.
        """
        joined = JoinedFiles(paths)
        with storage_errors(key):
            self.client.upload_fileobj(io.BufferedReader(joined, CHUNK), self.bucket, key, Config=STREAMED)
        return joined.size

    def put_bytes(self, key: str, body: bytes) -> None:
        with storage_errors(key):
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body)

    def put_json(self, key: str, document: str) -> None:
        with storage_errors(key):
            self.client.put_object(Bucket=self.bucket, Key=key, Body=document.encode(), ContentType="application/json")

    def get_json(self, key: str) -> Any:
        """The document in a JSON object. Raises `ObjectAbsent`."""
        return json.loads(self.get_bytes(key))

    def get_bytes(self, key: str, *, most: int | None = None) -> bytes:
        """The whole object: for small ones only. Raises `ObjectAbsent`, and `ObjectTooLarge` above `most` bytes."""
        with storage_errors(key):
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
            if most is not None and answer["ContentLength"] > most:
                answer["Body"].close()
                raise ObjectTooLarge(key)
            return answer["Body"].read()

    def pieces(self, key: str) -> Iterator[bytes]:
        """The object in pieces of a megabyte; who stops early reads no more of it. Raises `ObjectAbsent`."""
        with storage_errors(key):
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            try:
                yield from body.iter_chunks(PIECE)
            finally:
                body.close()

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects whose keys begin with `prefix`."""
        with storage_errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Contents", []):
                    etag = item["ETag"].strip('"')
                    yield ObjectInfo(key=item["Key"], size=item["Size"], etag=etag, modified=item["LastModified"])

    def folders(self, prefix: str) -> Iterator[str]:
        """The folders whose names begin with `prefix`, each ending in a slash."""
        with storage_errors(prefix):
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/"):
                for item in page.get("CommonPrefixes", []):
                    yield item["Prefix"]

    def uploads(self, prefix: str) -> Iterator[Upload]:
        """The multipart uploads below `prefix` that were neither completed nor aborted."""
        # Some S3-compatible servers answer NoSuchUpload where there never was one.
        with storage_errors(prefix), suppress(self.client.exceptions.NoSuchUpload):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Uploads", []):
                    yield Upload(key=item["Key"], id=item["UploadId"], begun=item["Initiated"])

    def delete(self, *keys: str) -> None:
        """Delete objects. Idempotent. Raises `StorageError` naming the first that could not be deleted."""
        for start in range(0, len(keys), MOST_DELETED):
            batch: list[Any] = [{"Key": key} for key in keys[start : start + MOST_DELETED]]
            with storage_errors(keys[start]):
                answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            # S3 answers 200 also when it refused some of the keys.
            for refused in answer.get("Errors", [])[:1]:
                raise StorageError(f"{refused['Key']}: not deleted ({refused.get('Code')}: {refused.get('Message')})")

    def delete_folder(self, prefix: str) -> int:
        """Delete every object whose key begins with `prefix`; returns how many there were."""
        keys = [item.key for item in self.list(prefix)]
        self.delete(*keys)
        return len(keys)

    def ping(self) -> None:
        """Raise `StorageError` when the bucket cannot be reached."""
        with storage_errors(self.bucket):
            self.client.head_bucket(Bucket=self.bucket)


def _in_parallel(work: Callable[[Thing], object], things: Iterable[Thing]) -> None:
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(work, things))


@lru_cache(maxsize=1)
def storage() -> Storage:
    """One store per process, made at first use, so that a forked worker opens connections of its own."""
    return Storage(glider_config())
