from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.services import changes
from catalogue.services.changes import note_change, overdue, request_copy
from catalogue.services.published_copy import publish_now
from catalogue.services.works import create_track


def messages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The organisations for which the broker is given a message from now on."""
    sent: list[int] = []

    def send(task: str, argument: int, *, delay: float) -> bool:
        sent.append(argument)
        return True

    monkeypatch.setattr(changes, "send", send)
    return sent


def test_a_copy_is_requested_once_until_it_is_begun(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    note_change(organisation.pk)
    assert [request_copy(organisation.pk), request_copy(organisation.pk)] == [True, False]
    changes.begin_copy(organisation.pk)
    assert request_copy(organisation.pk)
    assert sent == [organisation.pk] * 2
    publish_now(organisation)
    assert not request_copy(organisation.pk)


def test_a_change_requests_a_copy_after_the_commit(
    organisation: Organisation, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        create_track(organisation=organisation, title="Night Bus")
        assert sent == []
    assert sent == [organisation.pk]


def test_the_sweep_finds_a_change_whose_message_was_lost(organisation: Organisation) -> None:
    note_change(organisation.pk)
    assert overdue() == []
    later = timezone.now() + timedelta(minutes=3)
    assert overdue(later) == [organisation.pk]
    publish_now(organisation)
    assert overdue(later) == []
