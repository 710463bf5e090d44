"""Fair dispatch: one file of an organisation does not wait for the hundreds of another (real broker and workers).

OAS_FAIR_FILES sets how many those are: 64 here, 500 with `make fair`.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from devstack.client import Api
from tests.e2e.test_main_job import unique
from tests.glider.driving import distrokid
from tests.session import ROOT, LocalStack

MANY = int(os.environ.get("OAS_FAIR_FILES", "64"))
IN_BROKER = 16  # jobs of one organisation (the default of OAS_ORGANISATION_JOBS)
SECONDS = 3.0  # that one file may take


@pytest.fixture
def other_api(stack: LocalStack) -> Api:
    """A client of another organisation, which is made for it."""
    name = f"Label {secrets.token_hex(4)}"
    environment = {**os.environ, **stack.env, "DJANGO_SETTINGS_MODULE": "oas.settings"}

    def run(*words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        return ended.stdout

    run("create_organisation", name)
    return Api(stack.env["OAS_URL"], _key_in(run("create_api_key", name)))


def _key_in(text: str) -> str:
    return next(word for word in text.split() if len(word) == 41 and word[8] == ".")


def uploaded(api: Api, folder: Path) -> int:
    """Create a sales file, send its content, and return its id."""
    path = folder / f"{secrets.token_hex(4)}.tsv"
    path.write_text(distrokid(f"2025-07|Spotify|S|||1|{unique()}"))
    file = api.create(path)["id"]
    api.upload(api.process(file, "upload")["presigned_url"], path)
    return int(file)


def statuses(api: Api) -> dict[int, str]:
    found: dict[int, str] = {}
    link = "/api/files/salesfiles/?page_size=200&search=.tsv"
    while link:
        page: Any = api.ask("GET", link)
        found |= {file["id"]: file["status"] for file in page["results"]}
        link = page["next"]
    return found


def unfinished(api: Api, many: set[int]) -> int:
    return sum(status != "FINALIZED" for id, status in statuses(api).items() if id in many)


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.mark.timeout(120 + 4 * MANY)
def test_one_file_does_not_wait_for_the_many_of_another_organisation(api: Api, other_api: Api, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        many = set(pool.map(lambda _: uploaded(api, tmp_path), range(MANY)))
    one = uploaded(other_api, tmp_path)
    for start in range(0, MANY, 100):
        ids = sorted(many)[start : start + 100]
        api.ask("POST", "/api/files/salesfiles/process/", json={"ids": ids, "action": "clean"})
    before = unfinished(api, many)  # some were finalised before the last were dispatched
    other_api.process(one, "clean")
    wait_until(lambda: other_api.file(one)["status"] == "FINALIZED", 2 * IN_BROKER * SECONDS)
    overtook = before - unfinished(api, many)
    assert overtook <= 2 * IN_BROKER < before, "the one file waited for the many"

    def all_finalized() -> bool:
        return all(status == "FINALIZED" for id, status in statuses(api).items() if id in many)

    wait_until(all_finalized, MANY * SECONDS)
    assert many <= set(statuses(api))
