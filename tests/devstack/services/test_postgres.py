"""PostgreSQL from its wheel, where its account cannot reach the usual places."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from shutil import rmtree

import psycopg

from devstack.services import postgres
from tests.session import launch


def test_a_stack_lives_below_a_folder_that_others_cannot_enter(tmp_path: Path) -> None:
    """As below root's own home: PostgreSQL, which will not run as root, has to find another place for its data."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    try:
        for expected in (None, (1,)):  # the second start finds the data of the first
            stack = launch(closed / "stack", "--servers").wait_ready()
            with psycopg.connect(stack.env["OAS_DATABASE_URL"], autocommit=True) as database:
                found = database.execute("SELECT 1 FROM pg_tables WHERE tablename = 'kept'").fetchone()
                database.execute("CREATE TABLE IF NOT EXISTS kept ()")
            assert stack.stop() == 0
            assert found == expected
    finally:
        rmtree((closed / "stack" / "postgres").resolve())


def test_a_copy_of_postgres_runs_on_its_own(tmp_path: Path) -> None:
    programs = postgres._programs()

    postgres._copy_programs(programs, tmp_path / "programs")

    for name in ("postgres", "initdb"):
        copy = tmp_path / "programs" / postgres.PACKAGE / programs.name / "bin" / name
        done = subprocess.run([copy, "--version"], capture_output=True, text=True, check=True, timeout=20)
        assert "(PostgreSQL)" in done.stdout
        assert stat.S_IMODE(copy.stat().st_mode) == 0o755
