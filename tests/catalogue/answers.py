"""What an answer of the API says is wrong."""

from __future__ import annotations

from typing import Any


def wrong(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]
