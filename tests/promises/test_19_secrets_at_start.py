"""Promise 19: without a secret, or with a bad one, nothing starts; no secret has a default."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pydantic import SecretStr

from oas.kernel.config import Config, ConfigError, load
from tests.environment import made_up

HTTPS = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "DEBUG")
OPTIONAL = {"metrics_token", "google_api_key", "partner_secret_keys"}  # empty: the feature is off


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in made_up().items():
        monkeypatch.setenv(name, value)
    return monkeypatch


BAD = [("SECRET_KEY", "short-hunter2"), ("DEBUG", "hunter2"), ("WEBHOOK_SECRET", "hunter2")]


def secrets_of_config() -> list[str]:
    kinds = {name: f"{field.annotation} {field.metadata}" for name, field in Config.model_fields.items()}
    return [name for name, kind in kinds.items() if "SecretStr" in kind]


def values_of(config: Config) -> list[SecretStr]:
    values = [getattr(config, name) for name in secrets_of_config()]
    return [each for value in values for each in (value if isinstance(value, tuple) else [value])]


def test_no_secret_has_a_default(nowhere: pytest.MonkeyPatch) -> None:
    needed = [name for name in secrets_of_config() if Config.model_fields[name].is_required()]
    assert set(secrets_of_config()) - set(needed) == OPTIONAL
    for name in needed:
        with pytest.MonkeyPatch.context() as without:
            without.delenv(f"OAS_{name.upper()}")
            with pytest.raises(ConfigError, match=f"OAS_{name.upper()} is missing"):
                load(Config)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_named_and_not_shown(nowhere: pytest.MonkeyPatch, name: str, value: str) -> None:
    nowhere.setenv(f"OAS_{name}", value)
    with pytest.raises(ConfigError, match=f"OAS_{name} is bad") as caught:
        load(Config)
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_not_in_the_text_of_the_configuration(nowhere: pytest.MonkeyPatch) -> None:
    config = load(Config)
    texts = [value.get_secret_value() for value in values_of(config)]
    assert len(texts) >= 7
    assert not any(text and text in f"{config!r}{config}" for text in texts)


def test_in_production_cookies_go_over_https_only() -> None:
    """With the settings of an https address. (`make check` runs Django's own checks of a deployment.)"""
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY")
    code = f"from tests import settings as s; print(*[getattr(s, name) for name in {(*names, *HTTPS)}])"
    environment = {"PATH": os.environ["PATH"]}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert printed.stdout.split() == ["True"] * 5 + ["31536000", "False"]
