"""Settings come from the environment or from files, and a bad one stops the start by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oas.kernel.config import Config, ConfigError, GliderConfig, load
from tests.environment import made_up

ROOT = Path(__file__).resolve().parent.parent.parent.parent
REQUIRED = ("MONGO_URL", "REDIS_URL", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY", "WEBHOOK_SECRET")
BAD = {
    "MONGO_URL": "http://x",
    "REDIS_URL": "localhost:6379",
    "S3_BUCKET": "x",
    "S3_ENDPOINT": "minio:9000",
    "WEBHOOK_SECRET": "whsec_c2hvcnQ=",
    "DATABASE_URL": "mysql://hunter2@x/y",
    "SECRET_KEY": "short-hunter2",
    "URL": "oas.example",
    "DEBUG": "maybe",
    "LEASE_SECONDS": "soon",
    "VISIBILITY_TIMEOUT": "0",
    "PROXIES": "-1",
    "RATES_URL": "ecb.example/rates.zip",
}


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a made-up production, nothing else of ours in it."""
    for name in [name for name in os.environ if name.startswith("OAS_")]:
        monkeypatch.delenv(name)
    for name, value in made_up().items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_complete_environment_is_read(nowhere: pytest.MonkeyPatch) -> None:
    config = load(Config)
    assert config.url == "https://oas.example"
    assert config.webhook_address == "https://oas.example/api/webhooks/glider/"
    assert config.debug is False


@pytest.mark.parametrize("name", [*REQUIRED, "DATABASE_URL", "SECRET_KEY", "URL"])
def test_a_missing_setting_is_named(nowhere: pytest.MonkeyPatch, name: str) -> None:
    nowhere.delenv(f"OAS_{name}")
    with pytest.raises(ConfigError) as caught:
        load(Config)
    assert str(caught.value) == f"OAS_{name} is missing: set it, or OAS_{name}_FILE to a file that holds it."


@pytest.mark.parametrize("name", REQUIRED)
def test_glider_misses_its_own_settings_only(nowhere: pytest.MonkeyPatch, name: str) -> None:
    for other in ("DATABASE_URL", "SECRET_KEY", "URL"):
        nowhere.delenv(f"OAS_{other}")
    assert load(GliderConfig).s3_bucket == "oas-nowhere"
    nowhere.delenv(f"OAS_{name}")
    with pytest.raises(ConfigError, match=f"OAS_{name} is missing"):
        load(GliderConfig)


@pytest.mark.parametrize(("name", "value"), BAD.items())
def test_a_bad_setting_is_named_but_not_shown(nowhere: pytest.MonkeyPatch, name: str, value: str) -> None:
    nowhere.setenv(f"OAS_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load(Config)
    assert str(caught.value).startswith(f"OAS_{name} is bad: ")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_every_problem_is_named_at_once(nowhere: pytest.MonkeyPatch) -> None:
    nowhere.delenv("OAS_S3_BUCKET")
    nowhere.setenv("OAS_URL", "x")
    with pytest.raises(ConfigError) as caught:
        load(Config)
    assert "OAS_S3_BUCKET is missing" in str(caught.value)
    assert "OAS_URL is bad" in str(caught.value)


def test_a_secret_may_come_from_a_file(nowhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("k" * 60 + "\n")
    nowhere.delenv("OAS_SECRET_KEY")
    nowhere.setenv("OAS_SECRET_KEY_FILE", str(secret))
    assert load(Config).secret_key.get_secret_value() == "k" * 60


def test_a_secret_file_that_cannot_be_read_is_named(nowhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere.setenv("OAS_SECRET_KEY_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="OAS_SECRET_KEY_FILE names a file that cannot be read"):
        load(Config)


def test_a_bad_value_in_a_file_names_the_setting(nowhere: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short")
    nowhere.delenv("OAS_SECRET_KEY")
    nowhere.setenv("OAS_SECRET_KEY_FILE", str(secret))
    with pytest.raises(ConfigError, match="OAS_SECRET_KEY is bad: must have at least 50 characters"):
        load(Config)


def test_secrets_are_not_in_the_text_of_a_config(nowhere: pytest.MonkeyPatch) -> None:
    config = load(Config)
    assert config.secret_key.get_secret_value() not in repr(config)
    assert config.s3_secret_key.get_secret_value() not in repr(config)


# --- what a person sees ---

STARTS = {
    "manage.py": ["manage.py", "check"],
    "gunicorn": ["-m", "gunicorn", "oas.wsgi", "--bind", "127.0.0.1:0"],
    "gunicorn without its file": ["-m", "gunicorn", "-c", "python:http", "oas.wsgi", "--bind", "127.0.0.1:0"],
    "celery of OAS": ["-m", "celery", "-A", "oas.celery", "worker"],
    "celery of Glider": ["-m", "celery", "-A", "glider.celery", "worker"],
}
SENTENCE = "OAS_MONGO_URL is missing: set it, or OAS_MONGO_URL_FILE to a file that holds it."


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS.keys())
def test_a_missing_setting_stops_the_start_with_its_sentence(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OAS_", "DJANGO_"))}
    environment.update(made_up())
    del environment["OAS_MONGO_URL"]
    ended = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert SENTENCE in ended.stderr.splitlines()
    assert "Traceback" not in ended.stderr + ended.stdout
