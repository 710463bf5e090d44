"""Layouts as text, checked: the one place of OAS that knows what Glider's layouts can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glider.layouts.layout import Layout as Definition
from glider.layouts.registry import LayoutError, read_layout, shipped_texts, version_of

__all__ = ["Checked", "LayoutError", "check_text", "shipped"]


@dataclass(frozen=True)
class Checked:
    """A layout that can be read; `content` is JSON."""

    name: str
    title: str
    source: str
    evidence: str
    text: str
    content: dict[str, Any]
    version: str


def check_text(text: str, name: str = "layout") -> Checked:
    """Raises `LayoutError`, naming the key that is wrong."""
    return _checked(read_layout(text, name), text)


def shipped() -> list[Checked]:
    return [check_text(text, name) for name, text in shipped_texts().items()]


def _checked(layout: Definition, text: str) -> Checked:
    return Checked(
        name=layout.name,
        title=layout.title,
        source=layout.source,
        evidence=layout.evidence,
        text=text,
        content=layout.model_dump(mode="json"),
        version=version_of(layout),
    )
