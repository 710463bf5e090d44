"""Values of Django's settings that take more than a line: the database, mail, folders of packages.

Not in `oas.settings`, because gunicorn.conf.py checks them before Django is set up.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from oas.kernel.config import ConfigError

CONNECT_TIMEOUT = 5  # seconds
LOCK_TIMEOUT = 10  # seconds to wait for a lock before giving up
IDLE_TIMEOUT = 60  # seconds that a transaction may sit idle
# A server whose machine is gone closes no connection: without these a client would wait until the kernel gives up.
SILENCE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
CONNECTION_AGE = 60  # seconds that a connection is kept between requests

_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}

MAIL_TIMEOUT = 15  # seconds
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def database_settings(url: str, *, timeout: int) -> dict[str, Any]:
    """The value of `DATABASES["default"]`. `timeout`: seconds that a statement may take, 0 for no limit.

    Raises `ConfigError`, whose text does not show `url`: it holds the password.
    """
    try:
        parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except ProgrammingError:
        raise ConfigError("OAS_DATABASE_URL is bad: not a PostgreSQL address.") from None
    if not parts.get("dbname"):
        raise ConfigError("OAS_DATABASE_URL is bad: it names no database.")
    if not str(parts.get("port", "0")).isdecimal():
        raise ConfigError("OAS_DATABASE_URL is bad: its port is no number.")
    settings: dict[str, Any] = {_NAMES[name]: str(parts.pop(name)) for name in _NAMES if name in parts}
    options = {"connect_timeout": CONNECT_TIMEOUT, "application_name": "oas", **SILENCE, **parts}
    options["options"] = " ".join(filter(None, [_limits(timeout), str(parts.get("options", ""))]))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": CONNECTION_AGE,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        **settings,
    }


def _limits(timeout: int) -> str:
    # Without a limit for statements (long migrations) there is none for locks either.
    limits = {
        "statement_timeout": timeout * 1000,
        "lock_timeout": LOCK_TIMEOUT * 1000 if timeout else 0,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT * 1000,
    }
    return " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items())


def mail_settings(url: str) -> dict[str, Any]:
    """Django's EMAIL_ settings for `url`. Raises `ConfigError`.

    `console://` prints mails; `smtp://`, `smtp+tls://` (STARTTLS) and `smtps://` send them.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("OAS_EMAIL_URL is bad: not an address.") from None
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigError(
            "OAS_EMAIL_URL is bad: it must be console://, or a host after smtp://, smtp+tls:// or smtps://."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or _PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": MAIL_TIMEOUT,
    }


def package_folder(name: str) -> Path:
    """The folder of the package `name`, which is not imported. Raises ModuleNotFoundError."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(name)
    return Path(spec.submodule_search_locations[0])
