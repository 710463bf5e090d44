"""Check layouts that are given as text: no other module of OAS knows what Glider's layouts can contain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from glider.layouts.layout import Layout as Definition
from glider.layouts.registry import LayoutError, read_layout, shipped_texts, version_of

__all__ = ["CheckedLayout", "LayoutError", "check_text", "shipped"]
MOST_CHARACTERS: Final = {"name": 64, "title": 200}  # the lengths of their columns


@dataclass(frozen=True)
class CheckedLayout:
    """A layout without errors. `content` is what Glider reads, as JSON; `version` its hash."""

    name: str
    title: str
    source: str
    evidence: str
    text: str
    content: dict[str, Any]
    version: str


def check_text(text: str, name: str = "layout") -> CheckedLayout:
    """Read `text` as a layout. Raises `LayoutError`, which calls it `name` and names the key that is wrong.

    It raises also for a layout that Glider could read and the database could not store.
    """
    checked = _checked(read_layout(text, name), text)
    _refuse_unstorable(checked, name)
    return checked


def _refuse_unstorable(checked: CheckedLayout, name: str) -> None:
    for key, most in MOST_CHARACTERS.items():
        if len(getattr(checked, key)) > most:
            raise LayoutError(f"{name}: {key}: no more than {most} characters")
    # TOML can escape it, in a value or in a key; PostgreSQL has it neither in text nor in JSON.
    if "\\u0000" in json.dumps(checked.content).replace("\\\\", ""):
        raise LayoutError(f"{name}: the character U+0000 cannot be stored")


def shipped() -> list[CheckedLayout]:
    """The layouts that come with OAS."""
    return [check_text(text, name) for name, text in shipped_texts().items()]


def _checked(layout: Definition, text: str) -> CheckedLayout:
    return CheckedLayout(
        name=layout.name,
        title=layout.title,
        source=layout.source,
        evidence=layout.evidence,
        text=text,
        content=layout.model_dump(mode="json"),
        version=version_of(layout),
    )
