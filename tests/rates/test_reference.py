"""`manage.py load_rates` with files as the ECB publishes them, and with files that are not."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from rates.models import Rate

pytestmark = pytest.mark.django_db
HEADER = "Date,USD,JPY,BGN,CYP,\n"
GOOD = HEADER + (
    "2025-03-04,1.0557,157.36,1.9558,N/A,\n2025-03-03,1.0465,157.87,1.9558,N/A,\n1999-01-04,1.1789,133.73,N/A,0.58231,\n"
)


def load(path: Path) -> str:
    out = io.StringIO()
    call_command("load_rates", str(path), stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def written(folder: Path, text: str | bytes, name: str = "eurofxref-hist.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(CommandError) as caught:
        load(path)
    assert Rate.objects.count() == 0
    return str(caught.value).splitlines()


def test_a_reference_file_is_loaded_to_the_last_digit(tmp_path: Path) -> None:
    output = load(written(tmp_path, GOOD))
    assert output == "9 rates of 4 currencies, 1999-01-04 to 2025-03-04: 9 new, 0 changed, 0 as they were."
    assert Rate.objects.get(currency="CYP").units == Decimal("0.58231")
    assert Rate.objects.get(currency="USD", day="2025-03-03").period == "2025-03"
    assert not Rate.objects.filter(currency="BGN", day="1999-01-04").exists()


def test_loading_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    load(path)
    assert load(path).endswith(": 0 new, 0 changed, 9 as they were.")
    assert Rate.objects.count() == 9


@pytest.mark.parametrize("text", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD + "\n,,\n", GOOD.rstrip("\n")])
def test_line_breaks_marks_and_blank_lines_do_not_matter(tmp_path: Path, text: str) -> None:
    load(written(tmp_path, text))
    assert Rate.objects.count() == 9


def test_the_archive_it_comes_in_is_taken_as_well(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "eurofxref-hist.zip", "w") as archive:
        archive.writestr("eurofxref-hist.csv", GOOD)
    load(tmp_path / "eurofxref-hist.zip")
    assert Rate.objects.count() == 9


def test_every_bad_line_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    lines = [
        "2025-03-04,1.05,157.36,1.9558,N/A,",
        "2025-13-04,1.05,157.36,1.9558,N/A,",
        "2025-03-04,1.05,157.36,1.9558,N/A,",
        "2025-03-02,abc,-1,0,NaN,",
        "2025-03-01,1.05,157.36",
        "2025-02-28,1.05,157.36,1,1,1,",
        "2025-02-27,1.1234567890123456789,1e30,1,1,",
    ]
    path = written(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert refused(path) == [
        f"{path} was not loaded.",
        "Line 3: '2025-13-04' is no day (YYYY-MM-DD).",
        "Line 4: 2025-03-04 is on line 2 already.",
        "Line 5, USD: 'abc' is no rate.",
        "Line 5, JPY: '-1' is no rate.",
        "Line 5, BGN: '0' is no rate.",
        "Line 5, CYP: 'NaN' is no rate.",
        "Line 6: it has fewer cells than the header; the file may be cut off.",
        "Line 7: it has more cells than the header.",
        "Line 8, USD: '1.1234567890123456789' is no rate.",
        "Line 8, JPY: '1e30' is no rate.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Line 1: the header is not Date and currencies (Date,USD,JPY,…)."),
        ("isrc,net\n1,2\n", "Line 1: the header is not Date and currencies (Date,USD,JPY,…)."),
        ("Date,USD,Dollar,\n", "Line 1: Dollar: no currency code."),
        ("Date,USD,EUR,\n", "Line 1: EUR: no currency code."),
        ("Date,USD,USD,\n", "Line 1: USD is there twice."),
        (HEADER, "There is no rate in the file."),
        (b"\xff\xfe\x00", "The file is no text in UTF-8."),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    assert refused(written(tmp_path, content))[1:] == [sentence]


def test_of_many_bad_lines_the_first_twenty_are_shown(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "no day,1,1,1,1,\n" * 50)
    output = refused(path)
    assert (len(output), output[-1]) == (22, "… and 30 more.")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory." in refused(tmp_path / "none.csv")[0]
