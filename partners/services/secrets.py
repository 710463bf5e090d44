"""Secrets of consumer keys at rest: encrypted with the keys of `OAS_PARTNER_SECRET_KEYS`."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from oas.kernel.config import ConfigError, config


def encrypt(secret: str) -> str:
    """Return `secret` encrypted with the first key. Raises ConfigError when there is none."""
    return _keys().encrypt(secret.encode()).decode("ascii")


def decrypt(encrypted: str) -> str:
    """Return the secret in clear. Raises ConfigError when no key of the configuration fits."""
    try:
        return _keys().decrypt(encrypted.encode("ascii")).decode()
    except InvalidToken as error:
        raise ConfigError("OAS_PARTNER_SECRET_KEYS has no key that a stored secret was encrypted with.") from error


def with_first_key(encrypted: str) -> str:
    """Return the same secret encrypted with the first key, after which an older key may go."""
    return _keys().rotate(encrypted.encode("ascii")).decode("ascii")


@lru_cache(maxsize=1)
def _keys() -> MultiFernet:
    keys = config().partner_secret_keys
    if not keys:
        raise ConfigError("OAS_PARTNER_SECRET_KEYS is missing: partners' secrets are encrypted with it.")
    return MultiFernet([Fernet(key.get_secret_value()) for key in keys])
