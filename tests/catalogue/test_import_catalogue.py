"""The command `import_catalogue`."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from catalogue.models import CatalogueImport, Track
from tests.catalogue.importing import isrc, upc


def test_the_command_imports_and_shows_the_counts(
    organisation: Organisation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text(f"ISRC,Title,UPC,Genre\n{isrc(1)},Night Bus,,x\n{isrc(2)},Day,036000291453,\n")
    call_command("import_catalogue", "Label A", str(path))
    shown = capsys.readouterr().out
    assert "2 rows, 1 of them left out" in shown
    assert "columns not used: Genre" in shown
    assert "036000291453" in shown
    assert Track.objects.of(organisation).get().title == "Night Bus"


def test_the_command_previews(organisation: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text(f"UPC,Title\n{upc(1)},Lines\n")
    call_command("import_catalogue", str(organisation.pk), str(path), "--preview")
    assert CatalogueImport.objects.of(organisation).get().status == "PREVIEWED"


def test_the_command_refuses_what_it_cannot_import_with_a_sentence(organisation: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("Title\nNight Bus\n")
    with pytest.raises(CommandError, match="no column for the ISRC or the UPC"):
        call_command("import_catalogue", "Label A", str(path))
    with pytest.raises(CommandError, match="no organisation Label X"):
        call_command("import_catalogue", "Label X", str(path))
    with pytest.raises(CommandError, match="no file"):
        call_command("import_catalogue", "Label A", str(tmp_path / "none.csv"))
