"""The catalogue in the admin site: works and aliases, imports and published copies."""

from __future__ import annotations

from catalogue.admin import imports, works

__all__ = ["imports", "works"]
