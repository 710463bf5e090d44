"""Django settings for tools that need no server (types, checks, the schema). No connection is opened."""

from __future__ import annotations

from tests.environment import fill, made_up

fill(made_up())

from oas.settings import *  # noqa: E402, F403
