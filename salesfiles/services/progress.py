"""Progress: how far Glider is with the files it works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from jobs.services.leases import progress_of_jobs
from salesfiles.models import SalesFile
from salesfiles.status import AT_REST


class Progress(TypedDict):
    """`percent`: 0 to 100; `rows`: lines done so far."""

    module: str
    percent: int
    rows: int


def progress_of(files: Sequence[SalesFile]) -> dict[int, Progress]:
    """Return the progress of those of `files` that Glider works on, by id: one request to Redis for all of them."""
    busy = {file.pk: file.current_job for file in files if file.status not in AT_REST and file.current_job}
    found = progress_of_jobs([job.pk for job in busy.values()])
    return {id: {"module": job.module, **found[job.pk]} for id, job in busy.items()}  # type: ignore[typeddict-item]
