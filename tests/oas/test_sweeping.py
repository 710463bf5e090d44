"""A sweep takes the rows swept longest ago, and no row stops the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from accounts.models import Organisation
from jobs.models import Job
from oas import sweeping
from oas.api.refusals import Refused

pytestmark = pytest.mark.django_db


def job(organisation: Organisation, *, created: int, swept: int | None) -> Job:
    """A job that was created and swept so many seconds ago."""
    row = Job.objects.unscoped().create(organisation=organisation, module="report", message={})
    now = timezone.now()
    times = {"created_at": now - timedelta(seconds=created)}
    if swept is not None:
        times["swept_at"] = now - timedelta(seconds=swept)
    Job.everything.filter(pk=row.pk).update(**times)
    return row


def test_rows_never_swept_come_first_then_those_swept_longest_ago(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    lately = job(organisation, created=90, swept=10)
    long_ago = job(organisation, created=10, swept=80)
    young, old = (job(organisation, created=seconds, swept=None) for seconds in (20, 50))
    monkeypatch.setattr(sweeping, "MOST_ROWS", 3)
    assert sweeping.take(Job.objects.unscoped(), oldest="created_at") == [old, young, long_ago]
    assert sweeping.take(Job.objects.unscoped(), oldest="created_at")[0] == lately


@pytest.mark.parametrize("error", [Refused("Another process was first."), ValueError("bad row")])
def test_an_error_of_one_row_does_not_reach_the_others(organisation: Organisation, error: Exception) -> None:
    def step(row: Job, *, seen: list[str]) -> None:
        seen.append(str(row.pk))
        raise error

    seen: list[str] = []
    rows = [job(organisation, created=1, swept=None) for _ in range(2)]
    for row in rows:
        sweeping.guarded(step, row, seen=seen)
    assert seen == [str(row.pk) for row in rows]


def test_the_time_limit_of_the_task_ends_the_sweep(organisation: Organisation) -> None:
    def step(row: Job) -> None:
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        sweeping.guarded(step, job(organisation, created=1, swept=None))
