"""Polars is set up before it is loaded, because it reads its settings once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oas.kernel.config import glider_config
from oas.kernel.engine import set_up_engine

ALLOCATOR = "_RJEM_MALLOC_CONF"
CHUNK = "POLARS_CSV_CHUNK_SIZE"


def set_up(monkeypatch: pytest.MonkeyPatch, threads: int | None, **environment: str) -> None:
    for name in ("POLARS_MAX_THREADS", ALLOCATOR, CHUNK):
        monkeypatch.setenv(name, "")  # put back when the test ends
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    set_up_engine(glider_config().model_copy(update={"engine_threads": threads}))


def test_the_engine_takes_as_many_arenas_as_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch, 3)
    assert (os.environ["POLARS_MAX_THREADS"], os.environ[ALLOCATOR]) == ("3", "narenas:3")


def test_without_a_limit_there_is_an_arena_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch, None)
    assert "POLARS_MAX_THREADS" not in os.environ
    assert os.environ[ALLOCATOR] == f"narenas:{len(os.sched_getaffinity(0))}"


def test_a_csv_is_read_in_chunks_of_16_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch, None)
    assert os.environ[CHUNK] == "16777216"


def test_settings_in_the_environment_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(monkeypatch, 3, _RJEM_MALLOC_CONF="narenas:7", POLARS_CSV_CHUNK_SIZE="1000000")
    assert (os.environ[ALLOCATOR], os.environ[CHUNK]) == ("narenas:7", "1000000")


@pytest.mark.parametrize("module", ["glider.celery", "oas.celery"])
def test_a_worker_sets_the_engine_up_before_it_is_loaded(module: str) -> None:
    program = f"import os, sys, {module}; print('polars' in sys.modules, os.environ['{ALLOCATOR}'].split(':')[0])"
    environment = {name: value for name, value in os.environ.items() if name != ALLOCATOR}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=Path(__file__).parents[3], capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "narenas"]
