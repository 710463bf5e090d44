"""`manage.py inspect FILE`: what is printed, and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from glider.terminal import FAILED, main
from tests.glider.driving import distrokid

CONTENT = distrokid("2025-07|Spotify|Song One|QZAAA2500001||3|0.50", "2025-07|Spotify|Song One|QZAAA2500001||3|broken")


def test_a_recognised_file_is_shown_with_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sales.tsv"
    file.write_text(CONTENT, encoding="utf-8")
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert "layout      distrokid (" in shown
    assert "delimiter   tab" in shown
    assert "2 lines: 1 accepted, 1 rejected, 0 skipped; net 0.5 USD over 2025-07" in shown
    assert "  bad_net: 1" in shown
    assert file.read_text(encoding="utf-8") == CONTENT.replace("\r\n", "\n")  # the file itself is left unchanged


def test_a_file_that_oas_would_not_accept_fails_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.csv"
    file.write_text("Day;To us\n2025-07-01;1\n", encoding="utf-8")
    assert main([str(file)]) == FAILED
    shown = capsys.readouterr().out
    assert "unknown_layout: " in shown
    assert "To us" in shown


def test_a_file_that_is_not_there_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.csv")]) == FAILED
    assert "There is no file" in capsys.readouterr().out
