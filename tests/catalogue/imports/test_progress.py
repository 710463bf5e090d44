from __future__ import annotations

from pathlib import Path

from accounts.models import Organisation
from catalogue.services.imports import run_import
from catalogue.services.imports.progress import progress_of
from tests.catalogue.importing import begin, catalogue


def test_progress_grows_to_a_hundred_percent(organisation: Organisation, tmp_path: Path) -> None:
    row = begin(organisation, tmp_path, catalogue(30))
    percents: list[int] = []
    run_import.run(row.pk, on_step=lambda now: percents.append(progress_of(now)["percent"]))
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert len(set(percents)) > 3
