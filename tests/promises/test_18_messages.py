"""Promise 18: messages are JSON with ids; a pickle is refused before it is opened."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from celery import Celery
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from glider.celery import app as glider
from glider.runner import run_message
from oas.celery import app as oas


class Trap:
    """A pickle that creates a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (_spring, (str(self.path),))


def _spring(path: str) -> None:
    Path(path).touch()


@pytest.mark.parametrize("app", [oas, glider], ids=["oas", "glider"])
def test_only_json_is_taken(app: Celery, tmp_path: Path) -> None:
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.result_backend is None
    trap = pickle.dumps(Trap(tmp_path / "sprung"))
    with pytest.raises(ContentDisallowed):
        serialization.loads(trap, "application/x-python-serialize", "binary", accept={"application/json"})
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("message", [{}, {"module": "cleaning"}, {"module": "shell", "job": "x"}, {"job": 1}])
def test_a_malformed_message_does_nothing(message: dict[str, object]) -> None:
    run_message(message)


def test_a_message_holds_no_data(organisation: object) -> None:
    from tests.salesfiles.glider_stand_in import cleaning_file, job_of

    message = job_of(cleaning_file(organisation)).message  # type: ignore[arg-type]
    text = json.dumps(message)
    assert len(text) < 4096
    assert "DEA123456789" not in text
