"""The imports between packages, what a Glider worker starts with, migrations, and Django's deployment checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.environment import made_up

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "oas" / "kernel"
KERNEL = sorted(".".join(path.relative_to(FOLDER).with_suffix("").parts) for path in FOLDER.rglob("[a-z]*.py"))


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_import_contracts_hold() -> None:
    ended = run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_glider_imports_of_oas_only_the_kernel() -> None:
    graph = grimp.build_graph("glider", "oas", cache_dir=None)
    glider = {"glider"} | graph.find_descendants("glider")
    taken = {module for each in glider for module in graph.find_modules_directly_imported_by(each)}
    assert {module for module in taken if module.split(".")[0] == "oas"} <= {f"oas.kernel.{name}" for name in KERNEL}


GLIDER_ALONE = """
import sys
from glider.celery import app
app.loader.import_default_modules()
assert "glider.run" in app.tasks, sorted(app.tasks)
print(sorted({"django.conf", "django.apps", "django.db", "rest_framework", "psycopg", "salesfiles"} & set(sys.modules)))
"""


def test_a_glider_worker_starts_without_django_and_without_a_database() -> None:
    environment = {
        name: value
        for name, value in made_up().items()
        if name not in ("OAS_DATABASE_URL", "OAS_SECRET_KEY", "OAS_URL", "OAS_ALLOWED_HOSTS", "OAS_PROXIES")
    }
    ended = run(sys.executable, "-c", GLIDER_ALONE, **environment)
    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr


@pytest.mark.parametrize("name", KERNEL)
def test_the_kernel_loads_no_django(name: str) -> None:
    code = f"import sys, oas.kernel.{name}; print([each for each in ('django', 'psycopg') if each in sys.modules])"
    ended = run(sys.executable, "-c", code, **made_up())
    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr


def test_no_migration_is_missing(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_checks_of_a_deployment_find_nothing() -> None:
    ended = run(
        sys.executable,
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING", "--settings", "tests.settings"),
    )
    assert ended.returncode == 0, ended.stderr
    assert "WARNINGS" not in ended.stderr


def test_the_checks_of_a_deployment_complain_about_a_laptops_settings() -> None:
    ended = run(
        sys.executable,
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING", "--settings", "tests.settings"),
        OAS_DEBUG="true",
        OAS_URL="http://oas.example",
        OAS_ALLOWED_HOSTS="*",
    )
    assert ended.returncode != 0
    for code in ("oas.W001", "oas.W002", "oas.E001"):
        assert code in ended.stderr
