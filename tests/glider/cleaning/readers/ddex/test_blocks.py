"""A report is read in pieces of whole blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from glider.cleaning.readers.ddex import blocks
from tests.glider.driving import drive

SAMPLES = Path(__file__).parents[3] / "samples" / "ddex_dsrf"
YOUTUBE = SAMPLES / "DSR_TEST_YouTube_AdSupport-music_2015-Q4_IS_1of1_20160121T150926.tsv"


def test_lines_and_checks_do_not_depend_on_the_size_of_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drive(YOUTUBE.read_bytes(), tmp_path / "whole")
    monkeypatch.setattr(blocks.pieces, "__defaults__", (100,))
    cut = drive(YOUTUBE.read_bytes(), tmp_path / "cut")
    assert cut.lines.equals(whole.lines)
    assert cut.figures.checks == whole.figures.checks
