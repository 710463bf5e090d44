"""Real stacks in folders of their own: how they start, live side by side, and end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import psycopg
import pytest
import redis
from pymongo import MongoClient

from tests.session import LocalStack, launch, wait_for


@pytest.fixture
def servers(folder: Path) -> Iterator[LocalStack]:
    started = launch(folder / "one", "--servers").wait_ready()
    yield started
    end(started)


def end(stack: LocalStack) -> None:
    assert stack.process is not None
    stack.process.kill() if stack.process.poll() is not None else stack.stop()


def family(stack: LocalStack) -> list[psutil.Process]:
    assert stack.process is not None
    supervisor = psutil.Process(stack.process.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def left(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def everything_answers(env: dict[str, str]) -> None:
    """Each server, asked over its own protocol."""
    with psycopg.connect(env["OAS_DATABASE_URL"]) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)
    with MongoClient[dict[str, object]](env["OAS_MONGO_URL"], serverSelectionTimeoutMS=5000) as mongo:
        assert mongo.admin.command("ping")["ok"] == 1
    with redis.Redis.from_url(env["OAS_REDIS_URL"]) as broker:
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client = boto3.client(
        "s3",
        endpoint_url=env["OAS_S3_ENDPOINT"],
        region_name="us-east-1",
        aws_access_key_id=env["OAS_S3_ACCESS_KEY"],
        aws_secret_access_key=env["OAS_S3_SECRET_KEY"],
    )
    client.head_bucket(Bucket=env["OAS_S3_BUCKET"])


def test_sigterm_ends_every_process(servers: LocalStack) -> None:
    processes = family(servers)
    assert len(processes) >= 5

    assert servers.stop() == 0

    assert left(processes) == []
    assert not (servers.folder / "env").exists()


def test_kill_minus_nine_leaves_no_process_behind(servers: LocalStack) -> None:
    processes = family(servers)
    assert servers.process is not None

    servers.process.kill()
    servers.process.wait()

    wait_for(lambda: not left(processes), 10, f"all of {processes} to end")


def test_a_stack_starts_again_in_the_folder_of_a_killed_one_with_its_data(servers: LocalStack) -> None:
    with psycopg.connect(servers.env["OAS_DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert servers.process is not None
    servers.process.kill()
    servers.process.wait()

    again = launch(servers.folder, "--servers").wait_ready()
    try:
        with psycopg.connect(again.env["OAS_DATABASE_URL"]) as database:
            assert database.execute("SELECT answer FROM kept").fetchone() == (42,)
        everything_answers(again.env)
    finally:
        again.stop()


@pytest.mark.parametrize("name", ["postgres", "mongo", "s3", "redis"])
def test_a_server_that_is_killed_serves_again_at_its_address(servers: LocalStack, name: str) -> None:
    pid = servers.pids()[name]

    os.kill(pid, signal.SIGKILL)

    wait_for(lambda: servers.pids()[name] != pid, 10, f"{name} to be started again")
    wait_for(lambda: _answers(servers.env), 15, f"{name} to serve")
    assert f"{name} was ended by SIGKILL; starting it again in 0.5 s" in servers.console()


def _answers(env: dict[str, str]) -> bool:
    try:
        everything_answers(env)
    except Exception:  # each driver has its own way to say: not yet
        return False
    return True


def test_a_second_stack_in_a_folder_is_refused(servers: LocalStack) -> None:
    before = servers.pids()
    second = launch(servers.folder / "." / "", "--servers")
    assert second.process is not None

    assert second.process.wait(timeout=20) == 2

    assert second.console() == f"A stack is running in {servers.folder}: stop it first, or use another folder.\n"
    assert servers.pids() == before
    everything_answers(servers.env)


def test_two_stacks_run_side_by_side(servers: LocalStack, folder: Path) -> None:
    other = launch(folder / "two", "--servers").wait_ready()
    try:
        everything_answers(servers.env)
        everything_answers(other.env)
        shared = set(servers.env.items()) & set(other.env.items())
        assert {name for name, _ in shared if name.endswith(("URL", "ENDPOINT", "KEY", "SECRET"))} == set()
    finally:
        other.stop()
    everything_answers(servers.env)


def test_settings_that_lie_around_lead_a_stack_nowhere_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "PGHOST", "RCLONE_CONFIG", "OAS_S3_BUCKET", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "somewhere-else")
    stack = launch(folder / "stack", "--servers").wait_ready()
    for name in ("AWS_PROFILE", "PGHOST"):
        monkeypatch.delenv(name)
    everything_answers(stack.env)
    assert stack.stop() == 0
