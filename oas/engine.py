"""Polars, the engine of all that is done with columns, in the processes of workers."""

from __future__ import annotations

import os

from oas.config import GliderConfig


def limit_engine(config: GliderConfig) -> None:
    """Say how many threads it may start. It asks once, when it is loaded: this has to be earlier."""
    if config.engine_threads:
        os.environ["POLARS_MAX_THREADS"] = str(config.engine_threads)
