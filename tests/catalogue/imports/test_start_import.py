from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.errors import InvalidState
from catalogue.models import CatalogueImport
from catalogue.services.imports import run_import, staged_rows, start_import
from tests.catalogue.importing import begin, catalogue, import_text, totals


def test_the_sweep_sends_an_import_without_a_worker_again_once(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(start_import, "send", lambda task, id: sent.append(id))
    row = begin(organisation, tmp_path, catalogue(1))
    start_import.sweep()
    assert sent == []
    CatalogueImport.everything.filter(pk=row.pk).update(updated_at=timezone.now() - timedelta(minutes=2))
    start_import.sweep()
    start_import.sweep()
    assert sent == [row.pk]


def test_the_sweep_removes_abandoned_previews_and_uploads(organisation: Organisation, tmp_path: Path) -> None:
    previewed = import_text(organisation, tmp_path, catalogue(3), preview=True)
    start_import.expect_file(organisation=organisation, filename="a.csv", filesize=10)
    old = timezone.now() - timedelta(days=3)
    CatalogueImport.everything.all().update(updated_at=old, created_at=old)
    start_import.sweep()
    assert staged_rows.count_staged(previewed.pk) == 0
    assert list(CatalogueImport.objects.of(organisation)) == [previewed]


def test_an_import_that_runs_is_not_deleted(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(1))
    with pytest.raises(InvalidState):
        start_import.delete_import(row=row)
    run_import.run(row.pk)
    row.refresh_from_db()
    start_import.delete_import(row=row)
    assert not CatalogueImport.objects.of(organisation).exists()
    assert totals(organisation)[0] == 1
