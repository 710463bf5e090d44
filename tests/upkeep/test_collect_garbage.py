"""Garbage collection: the command, the daily task, and two at once."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Organisation
from oas.celery import app
from oas.kernel import object_keys
from oas.kernel.storage import storage
from tests.jobs.queues import messages, take_all
from tests.upkeep.driving import sold
from tests.upkeep.garbage import NOW, everything
from upkeep import tasks
from upkeep.collect_garbage import collect


def test_a_dry_run_prints_the_same_and_removes_nothing(organisation: Organisation) -> None:
    key = object_keys.raw(organisation.pk, "0badf00d", "sales.csv")
    storage().put_bytes(key, b"12345")
    assert "1 leftovers, 5 bytes of objects, would be removed: 1 of raw content." in command("--dry-run")
    said = command()
    assert f"{key} (raw content, 5 bytes): no such sales file" in said
    assert "were removed" in said
    assert command() == "Nothing is left over.\n"


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("gc", *words, f"--older-than={int(NOW.total_seconds())}", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remove_the_same_and_nothing_else(organisation: Organisation) -> None:
    file = sold(organisation, 6)
    before = everything()
    planted = {object_keys.raw(organisation.pk, f"{n:08x}", "sales.csv") for n in range(1200)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: storage().put_bytes(key, b"x"), planted))
    found: list[set[str]] = [set(), set()]

    def one(said: set[str]) -> None:
        try:
            collect(older_than=NOW, on_leftover=lambda leftover: said.add(leftover.place))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, found))
    own = object_keys.organisation(organisation.pk)
    assert {place for place in found[0] | found[1] if place.startswith(own)} == planted
    after = everything()
    assert before <= after
    assert not planted & after
    assert storage().head(file.raw_key).size == file.raw_size


def test_the_daily_task_takes_each_organisation_by_itself(organisation: Organisation) -> None:
    take_all("oas")
    storage().put_bytes(object_keys.raw(organisation.pk, "0badf00d", "sales.csv"), b"x")
    tasks.gc()
    wanted = [each["argument"] for each in messages("oas") if each["task"] == tasks.GC_OBJECTS]
    assert f"organisation={organisation.pk}/" in wanted
    assert "layouts/" in wanted
    take_all("oas")
    assert [each["schedule"].hour for each in app.conf.beat_schedule.values() if each["task"] == tasks.GC] == [{3}]
