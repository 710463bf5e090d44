"""Cleaning whole files: what is refused, what is repeatable, and that staging by period changes nothing."""

from __future__ import annotations

import gzip
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glider.canonical.interning import with_strings
from glider.canonical.parquet_text import as_interned, as_strings
from glider.canonical.staged_lines import path_of, periods_of
from glider.cleaning import pipeline
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive
from tests.glider.cleaning.vendors import APPLE, ITUNES
from tests.glider.driving import DISTROKID, Driven, distrokid, drive, settings
from tests.glider.independent import Fixture, every_fixture
from tests.glider.layouts.samples import settings_for

GOOD = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


def cause_of(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        drive(content, folder)
    return failed.value.cause, failed.value.message


@pytest.mark.parametrize(
    ("content", "cause", "words"),
    [
        (b"", Cause.EMPTY_FILE, "empty"),
        (DISTROKID, Cause.NO_ROWS, "no sales below it"),
        (DISTROKID + "\r\n\r\n\r\n", Cause.NO_ROWS, "no sales below it"),
        (distrokid("2025-07|S|S|||1|x", "|S|S|||1|1"), Cause.NO_VALID_ROWS, "bad_net (1), missing_period (1)"),
        ("Artist,Title,Money\nA,B,1\n", Cause.UNKNOWN_LAYOUT, "Columns found in line 1: 'Artist', 'Title', 'Money'"),
        ("just a word", Cause.UNKNOWN_LAYOUT, "no line with several columns"),
        (b"\x00\x01\x02\x03" * 5000, Cause.NOT_A_TABLE, "binary"),
        (b"\x1f\x8b\x08\x00garbage", Cause.CORRUPT_FILE, "gzip"),
        (b"PK\x03\x04garbage", Cause.CORRUPT_FILE, "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1garbage", Cause.CORRUPT_FILE, "workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_cause_and_message(
    content: bytes | str, cause: Cause, words: str, tmp_path: Path
) -> None:
    found, message = cause_of(content, tmp_path)
    assert found is cause
    assert words in message


def test_cleaning_again_gives_the_same_bytes_of_figures(tmp_path: Path) -> None:
    content = distrokid(GOOD, "2025-07|Spotify|S|||1|x")
    first, second = drive(content, tmp_path / "a"), drive(content, tmp_path / "b")
    assert first.figures == second.figures
    assert first.lines.equals(second.lines)


def test_members_may_be_of_several_layouts_and_the_main_one_is_named(tmp_path: Path) -> None:
    driven = drive(archive({"S1_800_1017_AU.txt": APPLE.format(net=".03"), "800_1017_US.txt": ITUNES * 1}), tmp_path)
    assert driven.figures.net_by_currency == {"AUD": Decimal("0.03"), "USD": Decimal("1.00")}
    assert driven.figures.layout in {"apple_music", "itunes"}


# --- lines of a large file, staged by period ---

FIXTURES = every_fixture()
CONTENT = distrokid(
    "2025-06|Spotify|Song One|QZAAA2500001||3|0.5",
    "2025-07|iTunes|Song Two|QZAAA2500002||-1|-0.69",
    "2025-07|iTunes|Song Two|QZAAA2500002||1|broken",
    "|iTunes|Song Two|QZAAA2500002||1|1",
    "2025-06|Spotify|Song Two|QZAAA2500002||7|0.000000000001",
)


def by_period(content: bytes | str, folder: Path) -> Driven:
    return drive(content, folder, replace(settings(), by_period_from=0))


def sales(path: Path) -> pl.DataFrame:
    """The sale lines of a file of staged lines, in the order of the sales file."""
    return with_strings(pl.scan_parquet(path)).sort("source_part", "source_row", "usage").collect()


@pytest.mark.parametrize("fixture", FIXTURES, ids=[fixture.name for fixture in FIXTURES])
def test_every_sample_gives_the_same_figures_and_lines_however_its_lines_are_staged(
    fixture: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, how = fixture.path.read_bytes(), settings_for(fixture)
    few = drive(content, tmp_path / "few", how)
    monkeypatch.setattr(pipeline, "FEW_LINES", -1)
    streamed = drive(content, tmp_path / "streamed", how)
    by_period = drive(content, tmp_path / "by period", replace(how, by_period_from=0))
    assert_cleaned_alike(streamed, few)
    assert_cleaned_alike(by_period, few)
    for rate in ("1", "0.9234"):
        assert_imported_alike(by_period, few, rate)


def assert_cleaned_alike(other: Driven, few: Driven) -> None:
    assert other.figures.model_copy(update={"cleaned_by_period": False}) == few.figures
    assert rejects(other) == rejects(few)
    order = ("source_part", "source_row", "usage", "net")
    assert_frame_equal(other.lines.sort(order), few.lines.sort(order))


def assert_imported_alike(many: Driven, one: Driven, rate: str) -> None:
    (found, result), (expected, expected_result) = many.imported(rate), one.imported(rate)
    assert result == expected_result
    assert list(found.files) == list(expected.files)
    for period, path in expected.files.items():
        assert_frame_equal(sales(found.files[period]), sales(path))


def rejects(driven: Driven) -> bytes | None:
    """The CSV of the lines that are no sales."""
    path = driven.cleaned.rejects
    return None if path is None else gzip.decompress(path.read_bytes())


def test_files_by_period_hold_accepted_lines_only(tmp_path: Path) -> None:
    driven = by_period(CONTENT, tmp_path)
    assert driven.cleaned.lines.is_dir()
    assert {period: pl.read_parquet(path).height for period, path in periods_of(driven.cleaned.lines).items()} == {
        "2025-06": 2,
        "2025-07": 1,
    }
    assert driven.reasons() == {4: "bad_net", 5: "missing_period"}


def test_lines_by_period_need_not_be_written_again_unless_there_is_another_rate(tmp_path: Path) -> None:
    driven = by_period(CONTENT, tmp_path)
    cleaned = set(periods_of(driven.cleaned.lines).values())
    assert set(driven.imported("1")[0].files.values()) == cleaned
    other = driven.imported("0.5")[0]
    assert not set(other.files.values()) & cleaned
    assert other.whole.revenue == Decimal("-0.0949999999995")


def test_a_note_that_was_hidden_is_found_again(tmp_path: Path) -> None:
    path = periods_of(by_period(CONTENT, tmp_path).cleaned.lines)["2025-06"]
    before = path.read_bytes()
    as_strings(path)
    assert pl.read_parquet_schema(path)["dsp"] == pl.String
    as_interned(path)
    assert path.read_bytes() == before
    assert isinstance(pl.read_parquet_schema(path)["dsp"], pl.Categorical)


def test_a_path_is_where_it_is_looked_for(tmp_path: Path) -> None:
    path = path_of(tmp_path, "2025-06")
    path.parent.mkdir(parents=True)
    path.touch()
    assert periods_of(tmp_path) == {"2025-06": path}
