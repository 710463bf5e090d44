"""What a worker does around each task."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from celery.fixups import django as fixups
from celery.signals import task_postrun, task_prerun
from django.db import connection, connections

from oas.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


class _Task:
    request = SimpleNamespace(is_eager=False)


@pytest.fixture
def around() -> Any:
    """A function that does what a worker does between two tasks."""
    # A connection that other tests have used for a minute would be closed for its age.
    connection.close()
    untyped: Any = fixups
    of_celery, task = untyped.DjangoWorkerFixup(app), _Task()

    def between() -> None:
        task_postrun.send(sender=task)
        of_celery.on_task_postrun(task)
        of_celery.on_task_prerun(task)
        task_prerun.send(sender=task)

    return between


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_worker_keeps_its_connection_from_task_to_task(around: Any) -> None:
    first = _backend()
    around()
    assert _backend() == first


def test_a_connection_that_was_cut_between_two_tasks_is_replaced(around: Any) -> None:
    first = _backend()
    other = connections.create_connection("default")
    try:
        around()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        assert _backend() != first
    finally:
        other.close()


@pytest.mark.parametrize("module", ["oas.celery", "glider.celery"])
def test_the_engine_has_as_many_threads_as_the_settings_say(module: str) -> None:
    code = f"import {module}, polars; print(polars.thread_pool_size())"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OAS_ENGINE_THREADS": "3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert output.stdout.strip() == "3"
