"""The layouts that Glider ships with, and sets of layouts by their hash."""

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
    """A layout file is wrong; the text names the file and the key."""


def read_layout(text: str, name: str) -> Layout:
    """One layout from TOML; `name` is what to call it in an error."""
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
    """File name → TOML of every layout in `layouts/`, by name."""
    folder = files("glider.layouts").joinpath("shipped")
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    return {entry.name: entry.read_text(encoding="utf-8") for entry in entries}


@lru_cache(maxsize=1)
def shipped_layouts() -> tuple[Layout, ...]:
    texts = shipped_texts()
    layouts = tuple(read_layout(text, name) for name, text in texts.items())
    for name, layout in zip(texts, layouts, strict=True):
        if name != f"{layout.name}.toml":
            raise LayoutError(f"{name}: name: must be the file's name, not {layout.name}")
    return layouts


def hash_of(layouts: Iterable[Layout]) -> str:
    """The version of a set of layouts: the same layouts in any order have the same hash."""
    parts = sorted(json.dumps(layout.model_dump(mode="json"), sort_keys=True) for layout in layouts)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def version_of(layout: Layout) -> str:
    return hash_of([layout])
