"""The demo against the whole stack: what it prints, and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import httpx
import psutil
import pytest

from devstack.client import Api
from devstack.process import MARK
from tests.session import ROOT, LocalStack, launch

SAMPLE = ROOT / "samples" / "demo.csv"


def demo(stack: LocalStack, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devstack.demo", str(file)],
        env=os.environ | stack.env | {"COLUMNS": "120"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def api(stack: LocalStack) -> Api:
    return Api(stack.env["OAS_URL"], stack.env["OAS_API_KEY"])


@pytest.fixture
def sales_file(tmp_path: Path) -> Path:
    """Three lines of the demo file under amounts that no other test has."""
    header, first = SAMPLE.read_text(encoding="utf-8").splitlines()[:2]
    unique = str(int.from_bytes(os.urandom(4), "big"))
    cells = first.split('","')
    lines = ['","'.join([*cells[:-2], f"{n}.{unique}", cells[-1]]) for n in range(1, 4)]
    path = tmp_path / "sales.csv"
    path.write_text("\r\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_the_demo_file_is_finalized_with_its_totals(stack: LocalStack, api: Api) -> None:
    done = demo(stack, SAMPLE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1509.224064741862 USD over 2025-07, 2025-08 (distrokid_2025)" in done.stdout
    assert "1 USD = 1 USD (same currency)" in done.stdout
    assert "1,012 lines: 1,006 accepted, 6 rejected, 0 skipped" in done.stdout
    for title in ("Artists", "DSPs", "Territories", "Tracks", "Releases", "Numbers that must tie"):
        assert title in done.stdout
    assert "differs" not in done.stdout


def test_once_starts_a_stack_sends_the_file_and_ends(tmp_path: Path, sales_file: Path) -> None:
    """Below a folder that may be closed to others, and beside the stack that the other tests share."""
    folder = tmp_path / "once"
    once = launch(folder, "--port", "0", "--once", str(sales_file))
    assert once.process is not None
    try:
        assert once.process.wait(timeout=110) == 0, once.console()
        assert "FINALIZED in" in once.console()
        assert [process for process in psutil.process_iter() if _belongs_to(process, folder)] == []
    finally:
        rmtree((folder / "postgres").resolve(), ignore_errors=True)


def _belongs_to(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(folder)
    except psutil.Error:
        return False


def test_the_same_content_again_shows_the_first_file(stack: LocalStack, api: Api, sales_file: Path) -> None:
    assert demo(stack, sales_file).returncode == 0
    before = api.ask("GET", "/api/files/salesfiles/")["count"]

    again = demo(stack, sales_file)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "The same content is already in sales file" in again.stdout
    assert "Artists" in again.stdout
    assert api.ask("GET", "/api/files/salesfiles/")["count"] == before


def test_a_file_of_no_known_layout_is_shown_with_its_cause(stack: LocalStack, tmp_path: Path) -> None:
    path = tmp_path / "strange.csv"
    path.write_text("colour,shape\nred,round\n", encoding="utf-8")

    done = demo(stack, path)

    assert done.returncode == 1
    assert "FAILED: unknown_layout" in done.stdout
    assert "colour" in done.stdout


def test_a_type_that_is_not_taken_is_named(stack: LocalStack, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3")

    done = demo(stack, path)

    assert done.returncode == 1
    assert "song.mp3 did not go through. 400" in done.stdout
    assert "filetype" in done.stdout


def test_a_server_that_is_not_there_is_an_error_in_words(stack: LocalStack, sales_file: Path) -> None:
    nowhere = LocalStack(stack.folder)
    done = subprocess.run(
        [sys.executable, "-m", "devstack.demo", str(sales_file)],
        env=os.environ | nowhere.env | {"OAS_URL": "http://127.0.0.1:1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "sales.csv did not go through." in done.stdout
    assert "Traceback" not in done.stderr


def test_docs_and_admin_are_at_the_addresses_that_the_stack_prints(stack: LocalStack) -> None:
    with httpx.Client(base_url=stack.env["OAS_URL"], trust_env=False, follow_redirects=True) as client:
        assert client.get("/api/docs/").status_code == 200
        page = client.get("/admin/login/")
        assert page.status_code == 200
        form = {
            "username": stack.env["OAS_ADMIN_USER"],
            "password": stack.env["OAS_ADMIN_PASSWORD"],
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
            "next": "/admin/",
        }
        inside = client.post("/admin/login/", data=form)
        assert "Site administration" in inside.text or "Log out" in inside.text
