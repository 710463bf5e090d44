from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def glider(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Glider runs in this process, on the real store and documents; the list has the messages it was given."""
    from glider.runner import run_message
    from oas.celery import app

    messages: list[dict[str, Any]] = []

    def send_task(name: str, args: list[dict[str, Any]], **options: Any) -> None:
        messages.append(args[0])
        run_message(args[0])

    monkeypatch.setattr(app, "send_task", send_task)
    return messages


@pytest.fixture
def silent_glider(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Nobody takes the messages."""
    from layouts.services import previews
    from oas.celery import app

    messages: list[Any] = []
    monkeypatch.setattr(app, "send_task", lambda *args, **options: messages.append(options))
    monkeypatch.setattr(previews, "PATIENCE", 0.1)
    return messages


@pytest.fixture
def admin(db: None) -> Client:
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client
