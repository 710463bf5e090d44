"""Shipped layouts, and the versions of layouts by hash."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from glider.layouts.layout import Layout


class LayoutError(ValueError):
    """A layout is invalid; the text names the file and the key."""


def read_layout(text: str, name: str) -> Layout:
    """Parse and validate the layout in the TOML `text`. Raises LayoutError, which calls the layout `name`."""
    try:
        return Layout.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{name}: {error}") from error
    except ValidationError as error:
        raise LayoutError("; ".join(_sentence(name, problem) for problem in error.errors())) from error


def _sentence(name: str, problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "layout"
    return f"{name}: {key}: {problem['msg'].removeprefix('Value error, ')}"


def shipped_texts() -> dict[str, str]:
    """File name → TOML of every layout in `shipped/`, sorted by name."""
    folder = files("glider.layouts").joinpath("shipped")
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    return {entry.name: entry.read_text(encoding="utf-8") for entry in entries}


@lru_cache(maxsize=1)
def shipped_layouts() -> tuple[Layout, ...]:
    """The layouts in `shipped/`, sorted by name. Raises LayoutError for an invalid one, or one in a wrong file."""
    texts = shipped_texts()
    layouts = tuple(read_layout(text, name) for name, text in texts.items())
    for name, layout in zip(texts, layouts, strict=True):
        if name != f"{layout.name}.toml":
            raise LayoutError(f"{name}: name: must be the file's name, not {layout.name}")
    return layouts


def hash_of(layouts: Iterable[Layout]) -> str:
    """The version of a set of layouts, which does not depend on their order: 16 hexadecimal digits."""
    parts = sorted(json.dumps(layout.model_dump(mode="json"), sort_keys=True) for layout in layouts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def version_of(layout: Layout) -> str:
    return hash_of([layout])
