"""Notifications: how often they are sent, and how many at a time (statuses: tests/promises/test_03_delivery.py)."""

from __future__ import annotations

import threading

import pytest

from glider import runner
from glider.contract import CleaningMessage
from glider.notifier import MEANWHILE, Notifier
from tests.glider.jobs import WebhookReceiver, run


def test_a_notification_without_an_answer_is_sent_four_times_under_one_id_and_then_lost(
    cleaning: CleaningMessage, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glider.notifier.WAITS", (0.0, 0.0, 0.0))
    receiver.status = 503
    run(cleaning)
    assert len(receiver.received) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1


def test_a_notification_that_oas_refuses_is_not_sent_again(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    receiver.status = 409
    run(cleaning)
    assert len(receiver.received) == 1


def test_two_notifications_may_be_unanswered_and_the_third_waits(
    cleaning: CleaningMessage, receiver: WebhookReceiver
) -> None:
    receiver.answers.clear()
    notifier = Notifier()
    for _ in range(MEANWHILE):
        runner.run_message(cleaning.model_dump(mode="json"), notifier.notify)
    third = threading.Thread(target=runner.run_message, args=(cleaning.model_dump(mode="json"), notifier.notify))
    third.start()
    third.join(timeout=1)
    assert (len(receiver.received), third.is_alive()) == (0, True)  # `MEANWHILE` are unanswered
    receiver.answers.set()
    third.join(timeout=30)
    notifier.finish()
    assert len(receiver.received) == MEANWHILE + 1


def test_a_notification_that_fails_in_its_thread_makes_room_for_the_next(
    cleaning: CleaningMessage, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier = Notifier()
    monkeypatch.setattr("glider.notifier._headers", _fail)
    for _ in range(2 * MEANWHILE):
        runner.run_message(cleaning.model_dump(mode="json"), notifier.notify)
    notifier.finish()
    assert receiver.received == []


def _fail(*_: object) -> dict[str, str]:
    raise ValueError
