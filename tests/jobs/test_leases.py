"""Signs of life in Redis: of workers, of jobs, and of messages that still wait in Glider's queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from glider.contract import QUEUE, WORKERS_KEY, lease_key, progress_key
from glider.heartbeat import register_worker
from jobs.services import leases


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    leases.client().delete(WORKERS_KEY, QUEUE)
    yield
    leases.client().delete(WORKERS_KEY, QUEUE)


def test_a_process_of_glider_counts_once_however_often_it_gives_a_sign_of_life() -> None:
    register_worker("here:1")
    register_worker("here:1")
    register_worker("here:2")
    assert leases.workers() == 2


def test_only_a_job_with_a_lease_is_alive() -> None:
    leased, lost = uuid4(), uuid4()
    leases.client().set(lease_key(leased), "worker", ex=60)
    assert leases.alive([leased, lost]) == {leased}
    assert leases.alive([]) == frozenset()


def test_a_job_waits_while_its_message_is_in_the_queue() -> None:
    queued, taken = uuid4(), uuid4()
    leases.client().lpush(QUEUE, json.dumps({"headers": {"id": str(queued)}}), "no message")
    assert leases.waiting([queued, taken]) == {queued}


def test_with_too_many_messages_to_read_every_job_is_taken_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "MOST_WAITING", 1)
    leases.client().lpush(QUEUE, "1", "2", "3")
    job = uuid4()
    assert leases.waiting([job]) == {job}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"percent": 40, "rows": 1200}', {"percent": 40, "rows": 1200}),
        ('{"percent": 400, "rows": -1}', {"percent": 100, "rows": 0}),
        ("{}", {"percent": 0, "rows": 0}),
        ("[1]", {"percent": 0, "rows": 0}),
        ("no json", {"percent": 0, "rows": 0}),
    ],
)
def test_progress_is_between_0_and_100_whatever_a_worker_wrote(text: str, expected: dict[str, int]) -> None:
    job, other = uuid4(), uuid4()
    leases.client().set(progress_key(job), text, ex=60)
    assert leases.progress_of_jobs([job, other]) == {job: expected, other: {"percent": 0, "rows": 0}}
