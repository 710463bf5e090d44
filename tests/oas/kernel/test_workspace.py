"""Temporary folders, and what a process that was killed leaves of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from oas.kernel.workspace import GRACE, PREFIX, remove_abandoned, workspace

WORKER = """
import sys, time
from oas.kernel.workspace import workspace
with workspace(sys.argv[1]) as folder:
    (folder / "lines").write_text("1")
    print("there", flush=True)
    time.sleep(60)
"""


def _worker(work_dir: Path) -> subprocess.Popen[str]:
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(work_dir)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "there\n"
    return worker


def test_a_folder_is_gone_after_the_work(tmp_path: Path) -> None:
    with workspace(str(tmp_path)) as folder:
        (folder / "lines").write_text("1")
        assert list(folder.iterdir()) == [folder / "lines"]
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_what_is_worked_in_stays(tmp_path: Path) -> None:
    killed = _worker(tmp_path)
    living = _worker(tmp_path)
    try:
        killed.kill()
        killed.wait(timeout=10)
        assert remove_abandoned(str(tmp_path)) == 1
        assert [path.read_text() for path in tmp_path.glob("*/work/lines")] == ["1"]
        assert remove_abandoned(str(tmp_path)) == 0
    finally:
        living.kill()
        living.wait(timeout=10)
    assert remove_abandoned(str(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []


def test_our_own_folder_is_not_abandoned_while_we_are_in_it(tmp_path: Path) -> None:
    with workspace(str(tmp_path)) as folder:
        assert remove_abandoned(str(tmp_path)) == 0
        assert folder.is_dir()


def test_a_folder_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    new, old = tmp_path / f"{PREFIX}new", tmp_path / f"{PREFIX}old"
    for folder in (new, old):
        folder.mkdir()
    long_ago = time.time() - GRACE - 1
    os.utime(old, (long_ago, long_ago))
    assert remove_abandoned(str(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == [new]


def test_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "another program's").mkdir()
    assert remove_abandoned(str(tmp_path)) == 0
    assert (tmp_path / "another program's").is_dir()
