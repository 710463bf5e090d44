"""The CSV of lines that are no sales, as the user gets it."""

from __future__ import annotations

from pathlib import Path

from tests.glider.driving import distrokid, drive

GOOD = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


def test_rejected_lines_come_with_number_reason_expectation_and_text(tmp_path: Path) -> None:
    bad = "2025-07|Spotify|=HYPERLINK|||1|x"
    driven = drive(distrokid(GOOD, bad) + "\r\n" + "=1+1" + "\t" * 12 + "\r\n", tmp_path)
    raw = distrokid(bad).splitlines()[1]
    assert [(row["line"], row["outcome"], row["reason"], row["text"]) for row in driven.rejects()] == [
        ("3", "rejected", "bad_net", raw),
        ("4", "skipped", "blank_line", ""),
        ("5", "rejected", "missing_net", "'=1+1" + "\t" * 12),
    ]
    assert driven.rejects()[0]["expected"] == "an amount in the notation of the column, such as 1234.56"
