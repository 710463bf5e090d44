from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.fetcher.drive_stand_in import Drive, Server

if TYPE_CHECKING:
    from tests.fetcher.playing import Worker


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drive]:
    """A Google Drive of one's own, which OAS talks to with an API key; and the test's object store let in."""
    from oas.kernel.config import config

    with Server() as drive:
        monkeypatch.setenv("OAS_LINK_DOWNLOADS", "1")
        monkeypatch.setenv("OAS_GOOGLE_ENDPOINT", drive.address)
        monkeypatch.setenv("OAS_GOOGLE_API_KEY", drive.key)
        monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", urlsplit(config().s3_endpoint).netloc)
        monkeypatch.setenv("OAS_LINK_BACKOFF", "0")
        config.cache_clear()
        yield drive
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def worker() -> Iterator[Worker]:
    """The OAS worker and Glider, in this process."""
    from tests.fetcher.playing import Worker

    worker = Worker()
    worker.forget()
    yield worker
    worker.forget()


@pytest.fixture
def service_account(tmp_path: Path, drive: Drive) -> Path:
    """The key file of a service account of the stand-in."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "account.json"
    account = {
        "type": "service_account",
        "project_id": "stand-in",
        "private_key_id": "1",
        "private_key": key.private_bytes(*forms).decode(),
        "client_email": "oas@stand-in.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{drive.address}/token",
    }
    path.write_text(json.dumps(account))
    return path
