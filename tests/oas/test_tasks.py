"""Tasks are sent after commit, and a broker that is down fails no request."""

from __future__ import annotations

import pytest
from django.db import transaction

from oas import tasks
from oas.celery import LINKS, QUEUE, app
from tests.jobs.queues import broker_down, delays, messages, take_all

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "upkeep.gc"


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    take_all(QUEUE)


def test_a_task_is_sent_with_its_id_and_its_delay() -> None:
    assert tasks.send(TASK, 7, task_id="one")
    assert tasks.send(TASK, [8, 9], delay=60)
    first, second = messages(QUEUE)
    assert first == {"task": TASK, "id": "one", "argument": 7}
    assert (second["task"], second["argument"]) == (TASK, [8, 9])
    at_once, later = delays(QUEUE)
    assert at_once == 0
    assert 50 < later <= 60


@pytest.mark.parametrize("task", ["links.list", "links.fetch"])
def test_what_waits_for_other_hosts_has_a_queue_of_its_own(task: str) -> None:
    take_all(LINKS)
    assert tasks.send(task, 7)
    assert messages(QUEUE) == []
    assert [message["task"] for message in messages(LINKS)] == [task]
    assert app.conf.task_routes[task] == {"queue": LINKS}
    take_all(LINKS)


def test_a_broker_that_is_down_is_reported_to_the_caller() -> None:
    with broker_down():
        assert tasks.send(TASK, 7) is False
    assert messages(QUEUE) == []


def test_a_task_is_sent_when_the_transaction_is_committed() -> None:
    with transaction.atomic():
        tasks.send_on_commit(TASK, 7)
        assert messages(QUEUE) == []
    assert len(messages(QUEUE)) == 1


def test_a_transaction_that_is_rolled_back_sends_nothing() -> None:
    def block() -> None:
        with transaction.atomic():
            tasks.send_on_commit(TASK, 7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()
    assert messages(QUEUE) == []
