"""Settings for tools that need Django configured but no server (types, checks, the schema): no connection is opened."""

from __future__ import annotations

from tests.environment import fill, made_up

fill(made_up())

from oas.settings import *  # noqa: E402, F403
