"""Signs of life of a running job."""

from __future__ import annotations

import json
from uuid import UUID

from glider import heartbeat
from glider.contract import lease_key, progress_key


def test_a_running_job_has_a_lease_that_ends_with_it() -> None:
    job = UUID(int=9)
    with heartbeat.heartbeat(job) as beat:
        assert heartbeat.connection().get(lease_key(job)) == b"1"
        beat.progress(40, 1000)
        beat.progress(41, 1001)  # within PROGRESS_EVERY: not written
    assert heartbeat.connection().get(lease_key(job)) is None
    assert json.loads(heartbeat.connection().get(progress_key(job)) or b"") == {"percent": 40, "rows": 1000}
