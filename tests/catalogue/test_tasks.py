from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import Organisation
from catalogue import tasks
from tests.catalogue.importing import begin, catalogue


def test_a_task_sends_itself_again_while_there_is_more_to_do(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(tasks, "send", lambda task, id: sent.append((task, id)))
    monkeypatch.setattr(tasks, "SLICE", 0.0)
    row = begin(organisation, tmp_path, catalogue(1))
    tasks.import_catalogue(row.pk)
    assert sent == [("catalogue.import", row.pk)]
    monkeypatch.undo()
    tasks.import_catalogue(row.pk)
    row.refresh_from_db()
    assert row.status == "DONE"
