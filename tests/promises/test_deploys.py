"""What must hold during a deploy: old and new workers read each other's messages, old code runs on new tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field
from django.db.models.fields import NOT_PROVIDED

from accounts.models import Organisation
from glider import runner
from glider.contract import BY_PERIOD, MESSAGE, RESULT, VERSION, Module
from oas.kernel import object_keys
from oas.kernel.storage import ObjectAbsent, storage
from tests.salesfiles.glider_stand_in import cleaning_file, job_of
from tests.totals.driving import random_content, run_job

OLD = json.loads((Path(__file__).parent / "messages_v1.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", [module.value for module in Module])
def test_messages_of_the_first_version_are_understood(module: str) -> None:
    message = MESSAGE.validate_python(OLD["messages"][module])
    assert (message.version, message.module) == (1, module)


@pytest.mark.parametrize("module", [module.value for module in Module])
def test_results_of_the_first_version_and_fields_of_later_ones_are_understood(module: str) -> None:
    later = {**OLD["results"][module], "a_field_of_a_later_version": 1}
    result = RESULT.validate_python(later)
    assert (result.module, result.status) == (module, "succeeded")


def test_a_message_of_a_newer_version_is_left_to_a_newer_worker() -> None:
    """No result and no webhook: OAS sends the job again, and fails it with a cause when no newer worker takes it."""
    job = uuid4()
    key = object_keys.result(1, job)
    newer: dict[str, Any] = {
        "version": VERSION + 1,
        "module": "a module of tomorrow",
        "job": str(job),
        "result_key": key,
    }
    runner.run_message(newer)
    runner.run_message({**OLD["messages"]["cleaning"], **newer, "module": "cleaning"})
    with pytest.raises(ObjectAbsent):
        storage().head(key)


@pytest.mark.parametrize(("limit", "version"), [(0, BY_PERIOD), (10**6, 1)])
def test_lines_by_period_are_left_to_workers_that_know_them(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch, limit: int, version: int
) -> None:
    """All other work can be done by workers of any version."""
    monkeypatch.setattr("glider.cleaning.job.BY_PERIOD_FROM", limit)
    file = cleaning_file(organisation, content=random_content(3).encode(), filename="sales.tsv")
    assert job_of(file).message["version"] == 1
    run_job(file)
    message = job_of(file).message
    assert (message["module"], message["version"]) == ("importer", version)


# --- migrations ---

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "accounts", "catalogue", "fetcher", "idempotency", "jobs", "layouts", "partners", "rates", "reports", "salesfiles",
    "totals",
}  # fmt: skip
BREAKING = (migrations.RemoveField, migrations.RenameField, migrations.RenameModel, migrations.DeleteModel)
REASONED: dict[tuple[str, str, str], str] = {  # app, migration, operation → why the old code can do without
}


def operations() -> list[tuple[str, str, Any]]:
    """Of the migrations after those that make an app's first tables: keys that run both ways take two of those."""
    disk = MigrationLoader(None).disk_migrations
    later = {place: each for place, each in disk.items() if not each.initial}
    found = [(app, name, step) for (app, name), each in later.items() for step in each.operations]
    return [(app, name, step) for app, name, step in found if app in OURS]


def named(step: Any) -> str:
    parts = [getattr(step, "model_name", ""), getattr(step, "name", "")]
    return f"{type(step).__name__} {'.'.join(part for part in parts if part)}"


def is_required(field: Field[Any, Any]) -> bool:
    """Whether code that does not know the column can write no row: the database has no value to fill in."""
    filled = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
    return not filled


def test_no_migration_removes_what_the_code_before_it_uses() -> None:
    """A column is taken out of use in one release, and removed in the next."""
    taken = {(app, name, named(step)) for app, name, step in operations() if isinstance(step, BREAKING)}
    assert taken - set(REASONED) == set()
    assert set(REASONED) - taken == set()


def test_no_migration_adds_a_column_that_the_code_before_it_cannot_fill() -> None:
    added = [(app, name, step) for app, name, step in operations() if isinstance(step, migrations.AddField)]
    new = {(app, name) for app, name, _ in added}
    made = {
        (app, name, each.name_lower) for app, name, each in operations() if isinstance(each, migrations.CreateModel)
    }
    found = {
        f"{app}.{name}: {step.model_name}.{step.name}"
        for app, name, step in added
        if is_required(step.field) and (app, name, step.model_name.lower()) not in made
    }
    assert found == set(), new


def test_the_migrations_of_every_app_are_looked_at() -> None:
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    assert {config.label for config in ours if (Path(config.path) / "migrations").is_dir()} == OURS
