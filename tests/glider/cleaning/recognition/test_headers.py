"""A file is recognised as one layout, by what is in it; what fits none, or lacks what a layout needs, is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from glider.cleaning.recognition.csv_table import head_lines
from glider.cleaning.recognition.headers import Header, find_header
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.registry import read_layout, shipped_layouts
from glider.layouts.rules import header_key
from tests.glider.driving import DISTROKID, DISTROKID_2025, drive, settings
from tests.glider.independent import Fixture, expected, fixtures
from tests.glider.layouts.samples import (
    CONTAINERS,
    SHAPES,
    applies,
    as_text,
    driven,
    figures_of,
    sheets_of,
    varied,
)

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
def test_a_header_without_a_name_of_the_fingerprint_is_recognised_if_no_number_depends_on_it(
    fixture: Fixture, tmp_path: Path
) -> None:
    layout = next(layout for layout in TABLES if layout.name == fixture.layout)
    header = sheets_of(fixture)[0].lines[fixture.header - 1]
    for name in layout.header.fingerprint:
        kept = [cell for cell in header if layout.name_of(header_key(cell)) != header_key(name)]
        if "#2" not in name and header_key(f"{name}#2") not in layout.names:
            line = fixture.delimiter.join(f'"{cell}"' for cell in kept) + "\n"
            if header_key(name) not in layout.needed and len(layout.header.fingerprint) > 2:
                assert header_of(line.encode(), tmp_path, (layout,)).missing == (name,)
                continue
            with pytest.raises(JobFailed) as failed:
                header_of(line.encode(), tmp_path, (layout,))
            assert failed.value.cause == Cause.UNKNOWN_LAYOUT


@pytest.mark.parametrize("fixture", [one for one in TEXTS if one.header], ids=lambda fixture: fixture.name)
def test_a_header_is_recognised_whichever_column_it_lacks_that_no_number_depends_on(
    fixture: Fixture, tmp_path: Path
) -> None:
    layout = next(layout for layout in TABLES if layout.name == fixture.layout)
    header = sheets_of(fixture)[0].lines[fixture.header - 1]
    for place in dispensable(header, layout):
        kept = ["Nobody Knows", *header[:place][::-1], *header[place + 1 :][::-1]]
        line = fixture.delimiter.join(f'"{cell}"' for cell in kept) + "\n"
        assert header_of(line.encode(), tmp_path).layout.name == fixture.layout, header[place]


def dispensable(header: list[str], layout: Layout) -> list[int]:
    """The places of columns whose names come once and that no number of `layout` depends on."""
    keys = [header_key(cell) for cell in header]
    few = {*map(header_key, layout.header.fingerprint)} if len(layout.header.fingerprint) < 3 else set()
    return [
        place
        for place, key in enumerate(keys)
        if keys.count(key) == 1 and (layout.name_of(key) or key) not in layout.needed | few
    ]


@pytest.mark.parametrize("fixture", [one for one in TEXTS if one.header and not one.exempt], ids=lambda one: one.name)
def test_a_sample_without_a_column_that_no_number_depends_on_has_the_same_net(fixture: Fixture, tmp_path: Path) -> None:
    layout = next(layout for layout in TABLES if layout.name == fixture.layout)
    lines = sheets_of(fixture)[0].lines
    places = dispensable(lines[fixture.header - 1], layout)
    prints = set(map(header_key, layout.header.fingerprint))
    names = {place: layout.name_of(header_key(lines[fixture.header - 1][place])) for place in places}
    # A line may be rejected for its statement's date, and is taken where the column is gone.
    dated = set(map(header_key, layout.columns.get("statement_period", ())))
    others = [place for place in places if names[place] not in dated]
    for place in sorted(others, key=lambda place: names[place] not in prints)[:1]:
        above = fixture.header - 1
        less = [*lines[:above], *(cells[:place] + cells[place + 1 :] for cells in lines[above:])]
        found = driven(fixture, tmp_path, as_text(fixture, less, fixture.delimiter).encode(fixture.encoding))
        assert figures_of(fixture, found)["net"] == expected(fixture)["net"]
        assert found.figures.layout == fixture.layout


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


# --- several layouts that fit ---

SHOP = """
name = "{name}"
title = "A shop"
source = "made for this test"
evidence = "V"
header = {{ fingerprint = [{fingerprint}] }}
currency = {{ fixed = "EUR" }}
columns = {{ period = "Sold on", track = "What", net = "{net}" }}
"""
SOLD = b"Sold on,What,To us,To them\n2026-02-01,Song,1,2\n"


def shop(name: str, net: str, *fingerprint: str) -> Layout:
    listed = ", ".join(f'"{each}"' for each in fingerprint)
    return read_layout(SHOP.format(name=name, net=net, fingerprint=listed), name)


@pytest.mark.parametrize("is_turned", [False, True])
def test_two_layouts_that_fit_a_header_equally_well_refuse_the_file_and_are_both_named(
    is_turned: bool, tmp_path: Path
) -> None:
    both = (shop("ours", "To us", "Sold on", "To us"), shop("theirs", "To them", "Sold on", "To them"))
    with pytest.raises(JobFailed) as failed:
        drive(SOLD, tmp_path, replace(settings(), layouts=both[::-1] if is_turned else both))
    assert failed.value.cause is Cause.AMBIGUOUS_LAYOUT
    text = "The header in line 1 fits several layouts equally well: ours, theirs."
    assert failed.value.message == f"{text} Set `layout` of the file to one of them, and reimport it."
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("lines")] == []


def test_of_two_layouts_that_fit_the_one_that_knows_more_names_is_taken(tmp_path: Path) -> None:
    both = (shop("ours", "To us", "Sold on", "To us"), shop("theirs", "To them", "Sold on", "To us", "To them"))
    header = header_of(SOLD, tmp_path, both)
    assert (header.layout.name, header.runners_up) == ("theirs", ("ours",))


WIDE = ("Sold on", "What", "To us", "Shop name", "Order mark")


def test_a_renamed_column_that_no_number_depends_on_is_reported(tmp_path: Path) -> None:
    content = b"Sold on,What,To us,Shop name,Mark of the order\n2026-02-01,Song,1.5,A,B\n"
    driven = drive(content, tmp_path, replace(settings(), layouts=(shop("ours", "To us", *WIDE),)))
    assert driven.figures.net_by_currency == {"EUR": Decimal("1.5")}
    assert driven.figures.warnings == [
        "The header lacks 'Order mark', which such files have; it was recognised as A shop by its other columns."
    ]


@pytest.mark.parametrize("lacking", ["Sold on", "To us"])
def test_a_header_without_a_column_that_a_number_depends_on_is_unknown(lacking: str, tmp_path: Path) -> None:
    line = ",".join(name for name in WIDE if name != lacking) + "\n"
    with pytest.raises(JobFailed) as failed:
        header_of(line.encode(), tmp_path, (shop("ours", "To us", *WIDE),))
    assert failed.value.cause is Cause.UNKNOWN_LAYOUT


def test_a_header_that_lacks_two_names_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        header_of(b"Sold on,What,To us\n", tmp_path, (shop("ours", "To us", *WIDE),))
    assert failed.value.cause is Cause.UNKNOWN_LAYOUT


def test_a_complete_header_further_down_counts_before_one_that_is_near(tmp_path: Path) -> None:
    layout = shop("ours", "To us", *WIDE)
    header = header_of((",".join(WIDE[:4]) + "\n" + ",".join(WIDE) + "\n").encode(), tmp_path, (layout,))
    assert (header.line, header.missing) == (1, ())


# --- headers as vendors and spreadsheets change them ---

NAMES = DISTROKID_2025.split(",")
CELLS = (
    "2026-03-25", "2026-03-25", "2026-02", "Spotify", "Nora Vale", "Slow Tide", "QZAAA2600001", "036000291452", "10",
    "100", "Song", "FR", "0", "0.4125", "",
)  # fmt: skip


def table(names: list[str], cells: list[str], mark: str = ",") -> str:
    return f"{mark.join(names)}\n{mark.join(cells)}\n"


@pytest.mark.parametrize(
    "content",
    [
        table([name.upper() for name in NAMES], list(CELLS)),
        table([f" {name.replace(' ', chr(160))} " for name in NAMES], list(CELLS)),
        table([name.replace(" ", "_").lower() for name in NAMES], list(CELLS)),
        "\ufeff" + table([f'"{name}"' for name in NAMES], list(CELLS)),
        table([*NAMES, "Payout ID", "Notes"], [*CELLS, "P1", ""]),
        table(NAMES[::-1], list(CELLS[::-1]), ";"),
        table(NAMES[1:], list(CELLS[1:]), "\t"),  # without the column that no number depends on
        table(["", *NAMES], ["1", *CELLS]),  # with numbers of lines
        "Earnings report\nNora Vale;2026\n\n" + table(NAMES, list(CELLS), ";"),
    ],
)
def test_a_known_source_is_recognised_however_its_header_was_changed(content: str, tmp_path: Path) -> None:
    figures = drive(content, tmp_path).figures
    assert (figures.layout, figures.accepted) == ("distrokid_2025", 1)
    assert figures.net_by_currency == {"USD": Decimal("0.4125")}


# --- tables without a header ---

HEADLESS = """
name = "{name}"
title = "No header"
source = "made for this test"
evidence = "V"
currency = {{ fixed = "EUR" }}
columns = {{ period = "When", track = "What", net = "Net" }}
positions = [
    {{ name = "When", matches = '\\d{{4}}-\\d\\d' }}, {{ name = "What", matches = '{what}' }},
    {{ name = "Net", matches = '[\\d.]+' }},
]
"""


def headless(name: str, what: str) -> Layout:
    return read_layout(HEADLESS.format(name=name, what=what), name)


def test_two_layouts_that_fit_a_table_without_a_header_refuse_the_file(tmp_path: Path) -> None:
    both = (headless("ours", ".*"), headless("theirs", "[A-Z].*"))
    with pytest.raises(JobFailed) as failed:
        header_of(b"2026-02,Song,1.5\n", tmp_path, both)
    assert failed.value.cause is Cause.AMBIGUOUS_LAYOUT
    assert failed.value.message == "The lines, which have no header, fit several layouts: ours, theirs."
    assert header_of(b"2026-02,song,1.5\n", tmp_path, both).layout.name == "ours"
