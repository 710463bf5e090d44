"""`make audit`: the text and the verdict for a report of pip-audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit import report_of, verdict

SKIPPED = {"name": "django", "skip_reason": "Dependency not found"}
SOUND = {"name": "polars", "version": "2.1.0", "vulns": []}
WEAK = {"name": "redis", "version": "8.1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["8.1.1"]}]}


def test_a_known_weakness_fails_and_names_the_version_without_it() -> None:
    text, failed = verdict({"dependencies": [SOUND, WEAK, SKIPPED]})
    assert failed
    assert text.splitlines() == [
        "redis 8.1.0: PYSEC-1, mended in 8.1.1",
        "2 of 3 packages audited, 1 known weaknesses.",
    ]


def test_packages_without_one_pass() -> None:
    assert verdict({"dependencies": [SOUND]}) == ("1 of 1 packages audited, 0 known weaknesses.", False)


@pytest.mark.parametrize("report", [{}, {"dependencies": [SKIPPED]}])
def test_nothing_audited_is_printed_and_is_not_taken_for_sound(report: dict[str, object]) -> None:
    text, failed = verdict(report)
    assert (text.startswith("Not audited"), failed) == (True, False)


def test_a_program_that_is_missing_or_prints_no_report_audits_nothing(tmp_path: Path) -> None:
    assert report_of(str(tmp_path / "nothing"), tmp_path) == report_of("echo", tmp_path) == {}
