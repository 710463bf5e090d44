"""Words that bear witness to a file's encoding: of layouts, of the catalogue, of files that came before."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from accounts.models import Organisation
from glider.cleaning.known_words import words_in, words_of_layouts, words_of_organisation
from glider.layouts.registry import shipped_layouts
from oas.kernel import object_keys
from oas.kernel.storage import storage
from tests.glider.driving import distrokid
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import finalized, run_job


def test_words_that_are_ascii_are_the_same_in_every_encoding_and_left_out() -> None:
    assert words_in(["Sigur Rós", "Enya", "ÉDITH Piaf", "é", "7"]) == {"rós", "édith"}


def test_layouts_have_the_words_of_their_columns() -> None:
    assert "страна" in words_of_layouts(shipped_layouts())


def test_an_organisation_has_the_names_of_its_catalogue_and_of_its_files(
    organisation: Organisation, other_organisation: Organisation, tmp_path: Path
) -> None:
    assert words_of_organisation(organisation.pk) == frozenset()
    content = distrokid("2025-07|Spotify|Jóga|QZAAA2500001|036000291452|3|0.5").replace("Artist A", "Björk")
    finalized(organisation, content)
    columns = {"artist": ["Şebnem", None], "track_title": ["Gözleri", "Plain"], "release_title": [None, None]}
    path = tmp_path / "rows.parquet"
    pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(path)
    storage().upload(path, object_keys.catalogue(organisation.pk, "00000001-aaaaaaaa"))
    assert words_of_organisation(organisation.pk) == {"björk", "jóga", "şebnem", "gözleri"}
    assert words_of_organisation(other_organisation.pk) == frozenset()


def test_a_file_that_its_bytes_leave_open_is_read_by_what_the_organisation_sells(organisation: Organisation) -> None:
    def sent(name: str, encoding: str) -> tuple[str, str]:
        line = "2025-07|Spotify|Intro|QZAAA2500001|036000291452|3|0.5"
        text = distrokid(line).replace("Artist A", name)
        file = cleaning_file(organisation, content=text.encode(encoding), filename="a.tsv", exchange_rate=Decimal(1))
        run_job(file)
        return file.status, file.status_cause

    assert sent("Şebnem", "cp1254") == ("FAILED", "ambiguous_encoding")
    known = distrokid("2025-06|Spotify|Intro|QZAAA2500002|036000291452|3|0.5").replace("Artist A", "Şebnem")
    finalized(organisation, known)
    assert sent("Şebnem ", "cp1254") == ("PROCESSING", "")
