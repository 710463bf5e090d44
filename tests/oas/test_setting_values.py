"""Addresses of the database and of the mail server become settings of Django."""

from __future__ import annotations

import pytest

from oas.kernel.config import ConfigError
from oas.setting_values import database_settings, mail_settings, package_folder


def test_a_database_address_becomes_settings() -> None:
    settings = database_settings("postgresql://oas:p%40ss@db.example:5433/label?sslmode=require", timeout=30)
    assert {name: settings[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "label",
        "USER": "oas",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
    }
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["connect_timeout"] == 5
    assert "-c statement_timeout=30000 -c lock_timeout=10000" in settings["OPTIONS"]["options"]
    assert settings["CONN_HEALTH_CHECKS"] is True


def test_a_database_by_socket_keeps_its_own_options() -> None:
    settings = database_settings("postgresql:///oas?host=/run/pg&options=-c%20geqo%3Doff&connect_timeout=1", timeout=0)
    assert settings["HOST"] == "/run/pg"
    assert settings["OPTIONS"]["connect_timeout"] == "1"
    assert settings["OPTIONS"]["options"].endswith(" -c geqo=off")
    assert "-c statement_timeout=0 -c lock_timeout=0" in settings["OPTIONS"]["options"]


@pytest.mark.parametrize("address", ["postgresql://u:hunter2@h:port/x", "postgresql://u:hunter2@h", "postgresql://%zz"])
def test_a_database_address_that_is_none_is_not_shown(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        database_settings(address, timeout=30)
    assert str(caught.value).startswith("OAS_DATABASE_URL is bad: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://u:p%40@mail.example", 587, True, False),
        ("smtps://u:p%40@mail.example:4650", 4650, False, True),
    ],
)
def test_a_mail_address_becomes_settings(address: str, port: int, tls: bool, ssl: bool) -> None:
    settings = mail_settings(address)
    assert settings["EMAIL_HOST"] == "mail.example"
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert settings["EMAIL_HOST_PASSWORD"] == ("p@" if "u:" in address else "")
    assert settings["EMAIL_TIMEOUT"] == 15


@pytest.mark.parametrize("address", ["", "mail.example", "http://mail.example", "smtp://", "smtp://h:port"])
def test_a_mail_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(ConfigError, match="OAS_EMAIL_URL is bad"):
        mail_settings(address)


def test_the_folder_of_a_package_is_found_without_importing_it() -> None:
    assert (package_folder("unfold") / "static").is_dir()
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        package_folder("no_such_package")
