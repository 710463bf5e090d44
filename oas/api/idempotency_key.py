"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), for `idempotency` and for the schema."""

from __future__ import annotations

from typing import Final

HEADER: Final = "Idempotency-Key"
KEY_LENGTH: Final = 255
