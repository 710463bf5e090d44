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


def shown_in_80_columns(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "80")
    main([str(file)])
    shown = capsys.readouterr().out
    assert max(len(line) for line in shown.splitlines()) <= 80
    return shown


def test_sale_lines_are_readable_in_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sales.tsv"
    file.write_text(CONTENT, encoding="utf-8")
    shown = shown_in_80_columns(file, capsys, monkeypatch)
    line = next(line for line in shown.splitlines() if "QZAAA2500001" in line)
    assert line.split()[:3] == ["2", "2025-07", "Spotify"]
    assert line.split()[-3:] == ["3", "USD", "0.5"]


def test_an_unknown_table_of_many_columns_is_readable_in_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each column is a line, however many there are; text of the file is no markup."""
    file = tmp_path / "other.csv"
    names, cells = [f"Column {n}" for n in range(1, 31)], [f"[b]cell {n}" for n in range(1, 31)]
    file.write_text("\n".join((";".join(names), ";".join(cells))), encoding="utf-8")
    shown = shown_in_80_columns(file, capsys, monkeypatch)
    assert [line.split() for line in shown.splitlines() if line.startswith("30")] == [
        ["30", "Column", "30", "[b]cell", "30"]
    ]


def test_the_encodings_to_choose_from_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sales.tsv"
    file.write_bytes(CONTENT.replace("Artist A", "Şebnem").encode("cp1254"))
    shown = " ".join(shown_in_80_columns(file, capsys, monkeypatch).split())
    assert "cp1254: 'Şebnem'" in shown
    assert "cp1252: 'Þebnem'" in shown
