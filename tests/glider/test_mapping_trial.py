"""What a preview proposes for a file that no layout knows, and what the file would come to by it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from glider.contract import Cause, PreviewResult, ProposedMapping
from glider.preview import inspect
from tests.glider.driving import DISTROKID, JOB, settings

HEADER = "Sales Month;Shop;Country;Performer;Song;Units;Net Revenue (EUR)"
LINES = ["2026-01;Moon;DE;Nora Vale;Tides;3;1,50", "2026-02;Moon;FR;Nora Vale;Tides;1;0,25", "2026-02;Moon;FR;N;T;1;x"]


def proposal(content: bytes, folder: Path) -> ProposedMapping | None:
    raw = folder / "raw"
    raw.write_bytes(content)
    found: PreviewResult = inspect(raw, folder, settings(), PreviewResult(job=JOB))
    assert found.cause is Cause.UNKNOWN_LAYOUT
    return found.proposal


def text(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def test_a_proposal_says_what_the_file_would_come_to(tmp_path: Path) -> None:
    found = proposal(text(HEADER, *LINES), tmp_path)
    assert found is not None
    assert found.figures is not None
    assert (found.header_line, found.currency, found.columns["track"]) == (1, "EUR", "Song")
    assert (found.figures.accepted, found.figures.reasons) == (2, {"bad_net": 1})
    assert {name: str(net.normalize()) for name, net in found.figures.net_by_currency.items()} == {"EUR": "1.75"}
    assert found.figures.periods == ["2026-01", "2026-02"]


def test_without_a_column_for_the_amounts_the_proposal_says_what_is_to_be_chosen(tmp_path: Path) -> None:
    found = proposal(text("Sales Month;Performer;Song;Value to us", "2026-01;A;B;1"), tmp_path)
    assert found is not None
    assert (found.figures, found.cause) == (None, None)
    assert found.message == "Choose the column of: net."


def test_a_mapping_by_which_the_file_would_fail_says_why(tmp_path: Path) -> None:
    found = proposal(text(HEADER, "2026-01;Moon;DE;Nora Vale;Tides;3;many"), tmp_path)
    assert found is not None
    assert (found.figures, found.cause) == (None, Cause.NO_VALID_ROWS)


def test_the_member_of_an_archive_that_no_layout_knows_is_proposed_beside_one_that_is_known(tmp_path: Path) -> None:
    known = DISTROKID + "\n2025-08-01\t2025-07\tSpotify\tA\tS\tQZAAA2500001\t\t3\t100\tSong\tUS\t0\t0.5\n"
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("known.tsv", known)
        archive.writestr("new.csv", text(HEADER, *LINES))
    found = proposal((tmp_path / "zip").read_bytes(), tmp_path)
    assert found is not None
    assert found.part == "new.csv"
    assert found.figures is not None
    assert {name: str(net.normalize()) for name, net in found.figures.net_by_currency.items()} == {
        "USD": "0.5",
        "EUR": "1.75",
    }


def test_a_file_whose_columns_say_nothing_has_no_proposal(tmp_path: Path) -> None:
    assert proposal(text("a;b;c", "1;2;3"), tmp_path) is None
