"""The image, the compose file and the lock files, as far as they can be checked without running them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oas.kernel.config import Config, GliderConfig, load

ROOT = Path(__file__).resolve().parent.parent
OAS_SERVICES = ("setup", "web", "worker", "links", "beat", "glider")
FILLED = {
    "OAS_URL": "https://oas.example",
    "OAS_ALLOWED_HOSTS": "oas.example",
    "OAS_SECRET_KEY": "x" * 50,
    "OAS_WEBHOOK_SECRET": "whsec_" + "QUJD" * 11,
    "OAS_S3_ACCESS_KEY": "access",
    "OAS_S3_SECRET_KEY": "secret",
    "POSTGRES_PASSWORD": "one",
    "MONGO_PASSWORD": "two",
    "REDIS_PASSWORD": "three",
}
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def environment(service: str) -> dict[str, str]:
    """Return the environment of `service` as compose would fill it in from `.env`."""
    values: dict[str, Any] = compose()["services"][service]["environment"]
    return {name: _VARIABLE.sub(_value, str(value)) for name, value in values.items()}


def _value(match: re.Match[str]) -> str:
    default = match["rest"] if match["kind"] == "-" else ""
    return FILLED.get(match["name"], default)


def test_the_compose_file_fits_the_schema_of_compose() -> None:
    program = str(Path(sys.executable).parent / "check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    subprocess.run(command, check=True, timeout=60)


@pytest.mark.parametrize("service", OAS_SERVICES)
def test_every_service_of_oas_has_the_settings_it_needs(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(Config.model_fields):
        monkeypatch.delenv(f"OAS_{name.upper()}", raising=False)
    for name, value in environment(service).items():
        monkeypatch.setenv(name, value)
    load(GliderConfig if service == "glider" else Config)


def test_glider_is_given_no_database_and_no_secret_of_django() -> None:
    assert not {"OAS_DATABASE_URL", "OAS_SECRET_KEY"} & set(environment("glider"))


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for match in _VARIABLE.finditer(text):
        if any(word in match["name"] for word in ("SECRET", "PASSWORD", "KEY")):
            assert match["kind"] == "?" or match["rest"] == "", match["name"]


def test_every_variable_without_a_default_is_in_the_example_environment() -> None:
    example = set(re.findall(r"^([A-Z0-9_]+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    needed = {
        match["name"] for match in _VARIABLE.finditer((ROOT / "docker-compose.yml").read_text()) if match["kind"] == "?"
    }
    assert needed <= example


def test_a_service_that_others_wait_for_has_a_health_check() -> None:
    services = compose()["services"]
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            if condition["condition"] == "service_healthy":
                assert "test" in services[name]["healthcheck"]


def test_data_are_in_named_volumes() -> None:
    found = compose()
    used = {volume.split(":")[0] for service in found["services"].values() for volume in service.get("volumes", [])}
    assert used == set(found["volumes"])


def test_the_image_runs_without_rights_and_has_a_health_check() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("FROM ") == 2
    assert re.search(r"^USER oas$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "--require-hashes" in text


def test_every_package_that_production_needs_is_in_the_image() -> None:
    copied = set(re.findall(r"^COPY (\w+) \./", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "devstack"}
    let_through = set(re.findall(r"^!([a-z]+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert packages == copied == let_through


@pytest.mark.parametrize("lock", ["requirements.lock", "production.lock", "installer.lock"])
def test_a_lock_has_a_hash_for_every_package_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
