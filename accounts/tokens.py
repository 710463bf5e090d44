"""Secrets of clients: API keys and login tokens, how they are made, parsed and stored.

Only the SHA-256 of a secret is stored. A plain hash is enough, since the secrets are random and long (190 bits): there
is nothing to guess, unlike with a password.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field

PREFIX_LENGTH = 8
SECRET_LENGTH = 32
_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(rf"([A-Za-z0-9_-]{{{PREFIX_LENGTH}}})\.([A-Za-z0-9_-]{{{SECRET_LENGTH}}})")


@dataclass(frozen=True)
class KeyText:
    """An API key as a client holds it: a prefix that may be shown, and a secret that may not."""

    prefix: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        return f"{self.prefix}.{self.secret}"

    @classmethod
    def new(cls) -> KeyText:
        return cls(prefix=_random(PREFIX_LENGTH), secret=_random(SECRET_LENGTH))

    @classmethod
    def parse(cls, text: str) -> KeyText | None:
        """The key in `text`; None unless that is eight characters, a dot and 32 characters."""
        match = _FORM.fullmatch(text)
        return cls(prefix=match[1], secret=match[2]) if match else None


def new_login_token() -> str:
    """A new secret of 43 letters and digits."""
    return _random(43)


def hashed(secret: str) -> str:
    """The SHA-256 of `secret` in hex, as it is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored_hash: str) -> bool:
    """Whether `stored_hash` is of `secret`, compared in constant time."""
    return hmac.compare_digest(hashed(secret), stored_hash)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
