"""Promise 25: THREAT_MODEL.md has the roles, what is trusted, what is out of scope, and a test for every attack."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+?)(?:::(\w+))?`", TEXT)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda text: text.rpartition("/")[2])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file()
    assert not name or f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "title", ["Who is there", "What is trusted", "What could be tried, and what holds", "Out of scope"]
)
def test_each_chapter_exists(title: str) -> None:
    assert f"\n## {title}\n" in TEXT


def test_every_attack_names_a_test() -> None:
    part = TEXT.partition("## What could be tried")[2].partition("## Out of scope")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    assert len(lines) >= 20
    assert not [line for line in lines if "`tests/" not in line]


def test_every_role_has_a_row() -> None:
    for role in ("viewer", "member", "owner", "Charlie", "staff", "superuser", "Glider"):
        assert f"| {role} |" in TEXT
