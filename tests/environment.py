"""A made-up configuration whose addresses lead nowhere, for processes that need settings but no server."""

from __future__ import annotations

import base64
import os
import secrets


def made_up() -> dict[str, str]:
    """Return all settings without a default, with new random secrets."""
    return {
        "OAS_SECRET_KEY": secrets.token_urlsafe(64),
        "OAS_URL": "https://oas.example",
        "OAS_ALLOWED_HOSTS": "oas.example",
        "OAS_PROXIES": "1",
        "OAS_DATABASE_URL": f"postgresql://oas:{secrets.token_hex()}@127.0.0.1:1/oas",
        "OAS_MONGO_URL": "mongodb://127.0.0.1:1",
        "OAS_REDIS_URL": f"redis://:{secrets.token_hex()}@127.0.0.1:1/0",
        "OAS_S3_ENDPOINT": "http://127.0.0.1:1",
        "OAS_S3_BUCKET": "oas-nowhere",
        "OAS_S3_ACCESS_KEY": secrets.token_hex(10),
        "OAS_S3_SECRET_KEY": secrets.token_hex(20),
        "OAS_PARTNER_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "OAS_PARTNER_PUBLIC_URLS": "https://localhost:9443",
        "OAS_WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def fill(values: dict[str, str]) -> None:
    """Put `values` into the environment, except for settings that it has, also as NAME_FILE."""
    for name, value in values.items():
        if f"{name}_FILE" not in os.environ:
            os.environ.setdefault(name, value)
