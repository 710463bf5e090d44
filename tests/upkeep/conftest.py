from __future__ import annotations

from datetime import timedelta

import pytest


@pytest.fixture(autouse=True)
def _nothing_left_by_others(db: None) -> None:
    """Remove what other tests have left in S3 and MongoDB, as the tests of this folder look at all of it."""
    from upkeep.collect_garbage import collect

    collect(older_than=timedelta(hours=-1))
