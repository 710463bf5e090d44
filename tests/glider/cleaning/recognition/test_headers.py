"""A file is recognised as one layout, by what is in it; what fits none, or lacks what a layout needs, is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from glider.cleaning.recognition.csv_table import head_lines
from glider.cleaning.recognition.headers import Header, find_header
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.registry import shipped_layouts
from glider.layouts.rules import header_key
from tests.glider.driving import DISTROKID, drive
from tests.glider.independent import Fixture, fixtures
from tests.glider.layouts.samples import CONTAINERS, SHAPES, applies, sheets_of, varied

FIXTURES = [fixture for fixture in fixtures() if not fixture.nothing]
TEXTS = [fixture for fixture in FIXTURES if not fixture.sheets]
TABLES = tuple(layout for layout in shipped_layouts() if layout.reader is None)


def header_of(content: bytes, folder: Path, layouts: tuple[Layout, ...] = TABLES) -> Header:
    path = folder / "file"
    path.write_bytes(content)
    return find_header(head_lines(path), layouts)


def utf8(fixture: Fixture) -> bytes:
    return fixture.path.read_bytes().decode(fixture.encoding).encode()


@pytest.mark.parametrize("fixture", TEXTS, ids=lambda fixture: fixture.name)
def test_a_sample_fits_its_own_layout_and_no_other(fixture: Fixture, tmp_path: Path) -> None:
    others = tuple(layout for layout in TABLES if layout.name != fixture.layout)
    assert header_of(utf8(fixture), tmp_path).layout.name == fixture.layout
    with pytest.raises(JobFailed) as failed:
        header_of(utf8(fixture), tmp_path, others)
    assert failed.value.cause == Cause.UNKNOWN_LAYOUT


@pytest.mark.parametrize("fixture", TEXTS, ids=lambda fixture: fixture.name)
def test_a_sample_saved_in_another_way_fits_no_other_layout(fixture: Fixture, tmp_path: Path) -> None:
    others = tuple(layout for layout in TABLES if layout.name != fixture.layout)
    for variant in (*SHAPES, *CONTAINERS[:2]):
        if applies(fixture, variant):
            with pytest.raises(JobFailed):
                header_of(varied(fixture, variant), tmp_path, others)


@pytest.mark.parametrize("fixture", [one for one in TEXTS if one.header], ids=lambda fixture: fixture.name)
def test_a_header_without_one_name_of_the_fingerprint_is_not_recognised(fixture: Fixture, tmp_path: Path) -> None:
    layout = next(layout for layout in TABLES if layout.name == fixture.layout)
    header = sheets_of(fixture)[0].lines[fixture.header - 1]
    for name in layout.header.fingerprint:
        kept = [cell for cell in header if layout.name_of(header_key(cell)) != header_key(name)]
        if "#2" not in name and header_key(f"{name}#2") not in layout.names:
            line = fixture.delimiter.join(f'"{cell}"' for cell in kept) + "\n"
            with pytest.raises(JobFailed) as failed:
                header_of(line.encode(), tmp_path, (layout,))
            assert failed.value.cause == Cause.UNKNOWN_LAYOUT


def test_what_is_nearly_a_layout_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        header_of(b"Sale Month\tSong/Album\tSongwriter Royalties Withheld\tEarnings\n", tmp_path)
    assert failed.value.cause == Cause.UNKNOWN_LAYOUT
    assert "Nearest layout: DistroKid bank details (TSV). It lacks 'Earnings (USD)'." in failed.value.message


def test_no_two_layouts_have_the_same_fingerprint() -> None:
    prints = [frozenset(map(header_key, layout.header.fingerprint)) for layout in TABLES if layout.header.fingerprint]
    assert len(prints) == len(set(prints))


def test_a_table_without_a_header_is_only_known_when_every_line_fits(tmp_path: Path) -> None:
    good = "Label X,REF1,QZAAA2500001,3600000000012,Artist A,Song One,Stream,12,0.04\n"
    assert header_of((good * 3).encode(), tmp_path).layout.name == "epm"
    for bad in (
        "Label X,REF1,QZAAA2500001,3600000000012,Artist A,Song One,Stream,12\n",
        "Label X,REF1,not an isrc,3600000000012,Artist A,Song One,Stream,12,0.04\n",
        "Label X,REF1,QZAAA2500001,3600000000012,Artist A,Song One,Stream,12,free\n",
    ):
        with pytest.raises(JobFailed):
            header_of((good + bad).encode(), tmp_path)


def cause_of(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as failed:
        drive(content, folder)
    return failed.value.cause, failed.value.message


def test_an_unknown_layout_names_the_nearest_and_what_it_lacks(tmp_path: Path) -> None:
    cause, message = cause_of(DISTROKID.replace("Song/Album", "Kind") + "\nx\n", tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert "Nearest layout: DistroKid bank details (TSV). It lacks 'Song/Album'." in message
