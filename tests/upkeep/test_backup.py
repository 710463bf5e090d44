"""A backup made with pg_dump, an hour of work lost, the backup restored: everything is there again (docs/backup.md)."""

from __future__ import annotations

import io
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections

from accounts.models import Organisation
from devstack.services import postgres
from oas.kernel import object_keys
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.files import delete_file
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from salesfiles.services.purging import purge_file
from tests.salesfiles.glider_stand_in import cleaning_file, uploaded_file
from tests.totals.driving import processed, random_content
from tests.upkeep.driving import carry_on, differences, sold
from upkeep.collect_garbage import collect
from upkeep.leftovers import Leftover

pytestmark = pytest.mark.django_db(transaction=True)


def run(program: str, *words: str) -> None:
    settings = connection.settings_dict
    place = {"PGHOST": settings["HOST"], "PGPORT": settings["PORT"], "PGUSER": settings["USER"]}
    secret = {"PGPASSWORD": settings["PASSWORD"], "PGDATABASE": settings["NAME"]}
    command = [str(postgres._programs() / "bin" / program), *words]
    subprocess.run(command, env=os.environ | place | secret, check=True, capture_output=True, timeout=100)


def back_up(to: Path) -> set[str]:
    """The dump, and the listing of S3 beside it."""
    run("pg_dump", "--format=custom", f"--file={to}")
    return {item.key for item in storage().list("")}


def restore(backup: Path) -> None:
    connections.close_all()
    name = connection.settings_dict["NAME"]
    run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", f"--dbname={name}", str(backup))


def reconciled() -> list[str]:
    out = io.StringIO()
    call_command("reconcile", stdout=out)
    return out.getvalue().splitlines()


def test_an_hour_of_work_is_not_lost_with_the_database(organisation: Organisation, tmp_path: Path) -> None:
    kept, again, deleted = sold(organisation, 1), sold(organisation, 2), sold(organisation, 3)
    going, waiting = cleaning_file(organisation, content=random_content(4).encode()), uploaded_file(organisation)
    listing = back_up(tmp_path / "backup")
    assert {kept.raw_key, again.raw_key, deleted.raw_key, going.raw_key, waiting.raw_key} <= listing

    reimport(file=again)
    processed(again)
    finalise(again.pk)
    activate(again.pk)
    new = sold(organisation, 5)
    delete_file(file=deleted)
    purge_file(deleted.pk)
    processed(going)
    finalise(going.pk)
    activate(going.pk)

    restore(tmp_path / "backup")
    assert not SalesFile.objects.of(organisation).filter(pk=new.pk).exists()
    lines = reconciled()
    assert f"sales file {new.pk} (sales.tsv): the database did not know it; made again from its content" in lines
    assert any(line.startswith(f"sales file {again.pk} (sales.tsv): Parquet") for line in lines)
    assert any(line.startswith(f"sales file {deleted.pk} (sales.tsv): ") and "FAILED" in line for line in lines)
    carry_on()
    statuses = dict(SalesFile.objects.of(organisation).values_list("pk", "status"))
    assert statuses == {
        kept.pk: "FINALIZED", again.pk: "FINALIZED", deleted.pk: "FAILED", going.pk: "FINALIZED",
        new.pk: "FINALIZED", waiting.pk: "UPLOADING",
    }  # fmt: skip
    totals = dict(SalesFile.objects.of(organisation).values_list("pk", "total_local"))
    assert (totals[again.pk], totals[new.pk], totals[kept.pk]) == (again.total_local, new.total_local, kept.total_local)
    assert differences(organisation) == []
    collect(older_than=timedelta(minutes=-1))
    left: list[Leftover] = []
    collect(older_than=timedelta(minutes=-1), remove=False, on_leftover=left.append)
    assert [each for each in left if each.place.startswith(object_keys.organisation(organisation.pk))] == []
    assert differences(organisation) == []
    assert reconciled() == ["Nothing had to be mended."]
