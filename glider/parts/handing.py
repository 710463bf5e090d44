"""Handing out the parts of a round. A broker that is down loses nothing: the job's own message will come again, and
what is missing is handed out then."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from glider.jobs import PART_TASK, QUEUE, PartMessage
from glider.parts.plans import AnyPlan

log = structlog.get_logger(__name__)


def hand_out(plan: AnyPlan, parts: Iterable[int]) -> None:
    from glider.celery import app

    job, organisation = plan.message.job, plan.message.organisation
    messages = [PartMessage(job=job, organisation=organisation, round=plan.round, part=part) for part in parts]
    try:
        for message in messages:
            app.send_task(PART_TASK, args=[message.model_dump(mode="json")], queue=QUEUE, task_id=message.task_id)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("parts_not_handed_out", error=str(error))
        return
    log.info("parts_handed_out", round=plan.round, stage=plan.stage, parts=len(messages), of=plan.total)
