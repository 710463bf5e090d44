"""Promise 6: the broker delivers no message a second time while a worker is at it: its visibility timeout is longer
than any task may take."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from celery import Celery
from hypothesis import given
from hypothesis import strategies as st
from kombu import Queue

from catalogue.services.changes import DEBOUNCE
from devstack.services.servers import _redis_settings
from glider.celery import app as glider_app
from oas.celery import app as oas_app
from oas.kernel.broker import broker_settings
from oas.kernel.config import glider_config
from tests.session import ROOT


@given(limit=st.integers(30, 10_000), patience=st.integers(5, 10_000))
def test_a_task_always_ends_before_its_visibility_timeout(limit: int, patience: int) -> None:
    config = glider_config().model_copy(update={"job_time_limit": limit, "visibility_timeout": patience})
    settings = broker_settings(config, queue="any")
    assert settings["task_soft_time_limit"] < settings["task_time_limit"] < patience
    assert settings["broker_transport_options"]["visibility_timeout"] == patience


def test_both_applications_have_the_same_visibility_timeout() -> None:
    """They share a broker, in which the shorter would count for both."""
    found = {app.conf.broker_transport_options["visibility_timeout"] for app in (oas_app, glider_app)}
    assert found == {glider_config().visibility_timeout}


@pytest.mark.parametrize("app", [oas_app, glider_app], ids=["oas", "glider"])
def test_no_task_has_a_limit_of_its_own_beyond_the_timeout(app: Celery) -> None:
    app.loader.import_default_modules()
    limits = [task.time_limit or 0 for task in app.tasks.values()]
    assert max(limits) < glider_config().visibility_timeout


def test_no_countdown_is_longer_than_the_timeout() -> None:
    """A task with a countdown stays unacknowledged with the worker that took it, so only short ones are used."""
    assert glider_config().visibility_timeout / 60 > DEBOUNCE


def test_a_full_redis_refuses_messages_and_forgets_none() -> None:
    assert "maxmemory-policy noeviction" in _redis_settings(1, ROOT, "secret")
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert "noeviction" in " ".join(map(str, compose["services"]["redis"]["command"]))


def test_a_message_that_was_not_acknowledged_is_delivered_again_after_the_timeout() -> None:
    """With the real broker, and a worker that has disappeared with a message."""
    app = Celery(broker=glider_config().redis_url.get_secret_value())
    app.conf.broker_transport_options = {"visibility_timeout": 1, "unacked_restore_limit": 10, "polling_interval": 0.1}
    queue = "promise-six"
    with app.connection() as connection:
        lost: Any = connection.channel()
        lost.qos.prefetch_count = 1
        app.send_task("any", args=[1], queue=queue)
        taken: Any = Queue(queue, channel=lost).get(no_ack=False)
        assert taken is not None
        until = time.monotonic() + 10
        with app.connection() as other:
            channel: Any = other.channel()
            again = None
            while again is None and time.monotonic() < until:
                channel.qos.restore_visible(num=10)
                again = Queue(queue, channel=channel).get(no_ack=True)
        assert again is not None
        assert again.headers["id"] == taken.headers["id"]
        assert again.decode()[0] == [1]
