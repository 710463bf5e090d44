from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NoRedis

from accounts.models import Organisation
from catalogue.models import CatalogueImport, ImportStatus
from catalogue.services.imports import progress, run_import
from catalogue.services.imports.progress import forget, progress_of, record
from tests.catalogue.importing import begin, catalogue


def test_progress_grows_to_a_hundred_percent(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(30))
    percents: list[int] = []
    run_import.run(row.pk, on_step=lambda now: percents.append(progress_of(now)["percent"]))
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len(set(percents)) > 3


@pytest.mark.parametrize(
    ("step", "applied", "percent", "rows"),
    [(0, 0, 40, 0), (0, 100_000, 43, 100_000), (1, 0, 55, 0), (3, 200_000, 92, 200_000), (3, 500_000, 100, 400_000)],
)
def test_applying_is_sixty_percent_in_four_equal_steps(step: int, applied: int, percent: int, rows: int) -> None:
    row = CatalogueImport(status=ImportStatus.APPLYING, total_rows=400_000, step=step, applied_to=applied)
    assert progress_of(row) == {"percent": percent, "rows": rows}


@pytest.mark.parametrize(
    ("status", "percent"), [(ImportStatus.WAITING, 0), (ImportStatus.PREVIEWED, 40), (ImportStatus.FAILED, 0)]
)
def test_an_import_that_stands_still_has_the_percent_of_its_status(status: ImportStatus, percent: int) -> None:
    assert progress_of(CatalogueImport(status=status, total_rows=7)) == {"percent": percent, "rows": 7}
    assert progress_of(CatalogueImport(status=status)) == {"percent": percent, "rows": 0}


def test_rows_being_checked_are_counted_for_their_import_until_they_are_forgotten() -> None:
    row, other = (CatalogueImport(pk=id, status=ImportStatus.CHECKING, total_rows=50_000) for id in (71, 72))
    record(row)
    assert [progress_of(each)["rows"] for each in (row, other)] == [50_000, 0]
    forget(row.pk)
    assert progress_of(row) == {"percent": 0, "rows": 0}


def test_without_redis_an_import_only_loses_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def __getattr__(self, _: str) -> Any:
            def refuse(*_: object) -> None:
                raise NoRedis("down")

            return refuse

    monkeypatch.setattr(progress, "cache", Down())
    row = CatalogueImport(pk=73, status=ImportStatus.CHECKING, total_rows=5)
    record(row)
    forget(row.pk)
    assert progress_of(row) == {"percent": 0, "rows": 0}
