"""Secrets are compared in constant time: the time does not show how much of a guess was right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts import services, tokens

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "oas", "accounts", "idempotency", "jobs", "rates", "catalogue", "layouts", "totals", "salesfiles", "fetcher",
    "reports", "upkeep", "glider", "devstack",
)  # fmt: skip
SECRET = re.compile(r"secret|password|signature|token|_mark$|_hash$|api_?key$")
NO_SECRETS = {"fetcher/services/fetch_item.py": "the holder of an item, which no caller sees"}
WORDS = re.compile(r"(?<![a-z])[a-z_]+(?![a-z])")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every side of `==`, `!=` and `in`, strings and numbers left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, (ast.Eq, ast.NotEq, ast.In)) for op in node.ops):
            for side in (node.left, *node.comparators):
                if not isinstance(side, ast.Constant):
                    yield node.lineno, ast.unparse(side)


def last_name(text: str) -> str:
    names = WORDS.findall(text.lower())
    return names[-1] if names else ""


def plain_comparisons(source: str) -> list[str]:
    return [f"line {line}: {text}" for line, text in compared(ast.parse(source)) if SECRET.search(last_name(text))]


def test_no_secret_is_compared_letter_by_letter() -> None:
    found = {str(path.relative_to(ROOT)): plain_comparisons(path.read_text()) for path in modules()}
    assert len(found) > 150
    assert {path for path, lines in found.items() if lines} == set(NO_SECRETS), found


@pytest.mark.parametrize("code", ["given == key.secret", "if token.password_mark != mark: pass", "signature in given"])
def test_such_a_comparison_is_found(code: str) -> None:
    assert plain_comparisons(code)


@pytest.mark.parametrize("function", [tokens.matches, services.find_login])
def test_what_knows_a_secret_compares_in_constant_time(function: object) -> None:
    assert "compare_digest" in function.__code__.co_names  # type: ignore[attr-defined]
