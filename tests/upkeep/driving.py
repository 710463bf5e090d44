"""Sales files that are sold, and work that is continued as workers and sweeps do, in this process."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import Organisation
from glider import runner
from glider.contract import MESSAGE
from jobs.choices import OPEN_STATES
from jobs.models import Job
from jobs.services import finishing
from jobs.services.results import read_result
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.sweeping import sweep_files
from tests.totals.driving import finalized, random_content
from upkeep.verification.verify import verify

ROUNDS = 10


def sold(organisation: Organisation, seed: int, **fields: object) -> SalesFile:
    """A sales file, FINALIZED and activated."""
    file = finalized(organisation, random_content(seed), **fields)
    activate(file.pk)
    file.refresh_from_db()
    return file


def carry_on() -> None:
    """Do rounds until no job is open and no file is between two modules; then activate what is live."""
    for _ in range(ROUNDS):
        SalesFile.everything.update(updated_at=timezone.now() - timedelta(hours=1))
        sweep_files()
        jobs = list(Job.everything.filter(state__in=OPEN_STATES))
        for job in jobs:
            runner.run_job(MESSAGE.validate_python(job.message))
            finishing.apply(job, read_result(job))
        if not jobs:
            break
    for id in SalesFile.everything.exclude(live_revision=None).values_list("pk", flat=True):
        activate(id)


def differences(organisation: Organisation) -> list[str]:
    return [f"{each.where}: {each.what} {each.kept} {each.found}" for each in verify(organisation).differences]
