"""A stack of `manage.py local` seen from outside: its settings, its processes, and what other accounts can read."""

from __future__ import annotations

import stat

import psutil

from tests.session import LocalStack

KEYS = {
    "OAS_URL",
    "OAS_API_KEY",
    "OAS_ADMIN_USER",
    "OAS_ADMIN_PASSWORD",
    "OAS_DATABASE_URL",
    "OAS_MONGO_URL",
    "OAS_REDIS_URL",
    "OAS_S3_ENDPOINT",
    "OAS_S3_BUCKET",
    "OAS_S3_ACCESS_KEY",
    "OAS_S3_SECRET_KEY",
    "OAS_WEBHOOK_SECRET",
}


def test_env_has_every_name_and_is_for_its_owner_only(stack: LocalStack) -> None:
    assert set(stack.env) >= KEYS
    assert all(stack.env.values())
    assert stat.S_IMODE((stack.folder / "env").stat().st_mode) == 0o600


def test_all_eight_services_run(stack: LocalStack) -> None:
    assert set(stack.pids()) == {"postgres", "mongo", "s3", "redis", "web", "worker", "links", "glider", "beat"}


def test_glider_gets_neither_the_database_nor_django(stack: LocalStack) -> None:
    env = psutil.Process(stack.pids()["glider"]).environ()

    assert {"OAS_DATABASE_URL", "OAS_SECRET_KEY", "OAS_API_KEY", "DJANGO_SETTINGS_MODULE"} & set(env) == set()


def test_no_secret_is_on_a_command_line(stack: LocalStack) -> None:
    lines = " ".join(" ".join(psutil.Process(pid).cmdline()) for pid in stack.pids().values())

    for name in ("OAS_S3_SECRET_KEY", "OAS_API_KEY", "OAS_ADMIN_PASSWORD", "OAS_SECRET_KEY"):
        assert stack.env[name] not in lines


def test_every_service_listens_on_this_machine_only(stack: LocalStack) -> None:
    addresses = {
        connection.laddr.ip
        for pid in stack.pids().values()
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
