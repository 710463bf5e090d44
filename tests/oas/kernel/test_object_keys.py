"""Keys of objects: each is read as what it was built from."""

from __future__ import annotations

from uuid import UUID

import pytest

from oas.kernel import object_keys
from oas.kernel.object_keys import Kind, Name

JOB = UUID("0b7d4a64-6a3f-4c3e-9a6a-0f7e4a6f2f11")
FILE = "1a2b3c4d"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (object_keys.raw(7, FILE, "sales.csv"), Name(Kind.RAW, 7, FILE)),
        (object_keys.raw(7, FILE, "sales.csv", revision=2), Name(Kind.RAW, 7, FILE)),
        (object_keys.cleaned(7, FILE, 2, JOB), Name(Kind.CLEANED, 7, FILE, 2, str(JOB))),
        (object_keys.cleaned_period(7, FILE, 2, JOB, "2025-01"), Name(Kind.CLEANED, 7, FILE, 2, str(JOB))),
        (object_keys.rejects(7, FILE, 2, JOB), Name(Kind.CLEANED, 7, FILE, 2, str(JOB))),
        (object_keys.preview(7, FILE, JOB), Name(Kind.PREVIEW, 7, FILE, job=str(JOB))),
        (object_keys.sales(7, "2025-01", FILE, 2, JOB), Name(Kind.SALES, 7, FILE, 2, str(JOB))),
        (object_keys.totals(7, FILE, 2, JOB), Name(Kind.TOTALS, 7, FILE, 2, str(JOB))),
        (object_keys.report(7, str(JOB), "csv"), Name(Kind.REPORT, 7, str(JOB))),
        (object_keys.catalogue(7, "3"), Name(Kind.CATALOGUE, 7, "3")),
        (object_keys.catalogue_aliases(7, "3"), Name(Kind.CATALOGUE, 7, "3")),
        (object_keys.catalogue_import(7, JOB, "tracks.csv"), Name(Kind.IMPORT, 7, str(JOB))),
        (object_keys.result(7, JOB), Name(Kind.JOB, 7, job=str(JOB))),
        (object_keys.layout_example(5, JOB, "sales.csv"), Name(Kind.EXAMPLE, 0, "5")),
    ],
)
def test_a_key_is_read_as_what_it_was_built_from(key: str, name: Name) -> None:
    assert object_keys.read(key) == name


@pytest.mark.parametrize(
    "key", ["", "sales.csv", "organisation=7/", "organisation=7/raw/sales.csv", "organisation=7/other/1a2b3c4d/a"]
)
def test_any_other_key_is_none_of_ours(key: str) -> None:
    assert object_keys.read(key) is None


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("sales.csv", "sales.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\anna\Übersicht 2025.csv", "bersicht_2025.csv"),
        ("...", "file"),
        ("a" * 200 + ".csv", "a" * 96 + ".csv"),
    ],
)
def test_a_file_name_is_no_path(filename: str, name: str) -> None:
    assert object_keys.safe_name(filename) == name
