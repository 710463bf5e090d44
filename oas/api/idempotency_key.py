"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): what the app that honours it and the
API's documentation both know."""

from __future__ import annotations

from typing import Final

HEADER: Final = "Idempotency-Key"
KEY_LENGTH: Final = 255
