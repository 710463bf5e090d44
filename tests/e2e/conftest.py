"""Clients of the whole stack, over HTTP only, with the API key of its demo organisation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devstack.client import Api
from tests.session import LocalStack

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def api(stack: LocalStack) -> Api:
    return Api(stack.env["OAS_URL"], stack.env["OAS_API_KEY"])


@pytest.fixture
def send(api: Api, tmp_path: Path) -> Send:
    """Return a function that creates, uploads and cleans a file with `content`, without waiting for it."""

    def _send(content: bytes | str, name: str = "sales.csv", **fields: Any) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        file = api.create(path)
        if fields:
            api.ask("PATCH", f"/api/files/salesfiles/{file['id']}/", json=fields)
        api.upload(api.process(file["id"], "upload")["presigned_url"], path)
        api.process(file["id"], "clean")
        return api.file(file["id"])

    return _send


def final(api: Api, file: dict[str, Any], patience: float = 90) -> dict[str, Any]:
    """Wait until `file` is at rest, and return it. Raises `TooSlow`."""
    *_, last = api.follow(file["id"], patience)
    return last
