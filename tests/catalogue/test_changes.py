from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.models import CatalogueState
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


def test_a_copy_whose_message_may_be_lost_is_requested_again(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    note_change(organisation.pk)
    now = timezone.now()
    assert request_copy(organisation.pk, now)
    assert not request_copy(organisation.pk, now + changes.REQUESTED_AGAIN)
    assert request_copy(organisation.pk, now + changes.REQUESTED_AGAIN + timedelta(seconds=1))
    assert sent == [organisation.pk] * 2


def test_a_request_that_the_broker_did_not_take_is_not_said_to_be_sent(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "send", lambda *_, **__: False)
    note_change(organisation.pk)
    assert not request_copy(organisation.pk)


def test_the_sweep_takes_those_that_wait_longest_first(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    for each, minutes in ((organisation, 5), (other_organisation, 50)):
        note_change(each.pk)
        CatalogueState.objects.filter(pk=each.pk).update(changed_at=timezone.now() - timedelta(minutes=minutes))
    assert overdue() == [other_organisation.pk, organisation.pk]


def test_a_change_that_is_undone_is_not_counted(
    organisation: Organisation, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(RuntimeError),
        changes.changing(organisation.pk),
    ):
        raise RuntimeError
    assert (sent, CatalogueState.objects.filter(pk=organisation.pk).exists()) == ([], False)
