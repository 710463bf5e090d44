from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.errors import InvalidState
from catalogue.models import CatalogueImport, ImportStatus
from catalogue.services.imports import run_import, staged_rows, start_import
from oas.api.refusals import BadValue
from oas.kernel.storage import ObjectAbsent, storage
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


def test_the_sweep_clears_the_previews_of_a_long_outage_however_many_there_are(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were cleared stay PREVIEWED: the next sweep must not look at the same ones again."""
    monkeypatch.setattr(start_import, "MOST_SWEPT", 1)
    previewed = [import_text(organisation, tmp_path, catalogue(1), preview=True) for _ in range(3)]
    CatalogueImport.everything.update(updated_at=timezone.now() - timedelta(days=2))
    for left in (2, 1, 0):
        start_import.sweep()
        assert sum(staged_rows.count_staged(row.pk) for row in previewed) == left


def test_the_sweep_leaves_a_young_preview_alone(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(2), preview=True)
    CatalogueImport.everything.update(updated_at=timezone.now() - timedelta(hours=23))
    start_import.sweep()
    assert staged_rows.count_staged(row.pk) == 2


def test_a_file_of_more_than_an_import_takes_leaves_nothing(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_import, "MOST_BYTES", 10)
    with pytest.raises(BadValue, match="more than 10 bytes"):
        begin(organisation, tmp_path, "ISRC,Title\n")
    with pytest.raises(BadValue) as refused:
        start_import.expect_file(organisation=organisation, filename="a.csv", filesize=11)
    assert (refused.value.attr, refused.value.code) == ("file", "too_large")
    assert start_import.expect_file(organisation=organisation, filename="a.csv", filesize=10)[0].status == "WAITING"
    assert CatalogueImport.objects.of(organisation).count() == 1


def test_content_that_was_uploaded_is_pinned_when_it_is_applied(organisation: Organisation) -> None:
    row, _ = start_import.expect_file(organisation=organisation, filename="a.csv", filesize=5, preview=True)
    with pytest.raises(InvalidState, match="not been uploaded"):
        start_import.apply(row=row)
    storage().put_bytes(row.key, b"ISRC\n")
    start_import.apply(row=row)
    assert (row.status, row.preview, row.etag) == ("CHECKING", True, storage().head(row.key).etag)


def test_of_two_that_apply_a_preview_one_is_refused(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(1), preview=True)
    same = CatalogueImport.everything.get(pk=row.pk)
    start_import.apply(row=row)
    with pytest.raises(InvalidState) as refused:
        start_import.apply(row=same)
    assert refused.value.facts == {"status": ImportStatus.APPLYING}
    assert (row.status, row.preview) == ("APPLYING", False)


def test_a_preview_is_deleted_with_its_staged_rows_and_its_file(organisation: Organisation, tmp_path: Path) -> None:
    row = import_text(organisation, tmp_path, catalogue(3), preview=True)
    id, key = row.pk, row.key
    start_import.delete_import(row=row)
    assert staged_rows.count_staged(id) == 0
    with pytest.raises(ObjectAbsent):
        storage().head(key)
