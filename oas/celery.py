"""The Celery application of OAS: sweeps, activation, fetching, mails.

Run `celery -A oas.celery worker --queues oas`, one more with `--queues links`, and `celery -A oas.celery beat`.
"""

from __future__ import annotations

import os
import sys

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun, worker_init

from oas.kernel.broker import broker_settings
from oas.kernel.config import ConfigError, config
from oas.kernel.engine import set_up_engine
from oas.kernel.logs import carry_through_celery
from oas.kernel.workspace import remove_abandoned

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")

QUEUE = "oas"
# What waits for hosts that OAS does not know has workers of its own: it holds up nothing else, however slow they are.
LINKS = "links"
QUEUES = {"links.list": LINKS, "links.fetch": LINKS}
app = Celery("oas")
try:
    app.conf.update(broker_settings(config(), queue=QUEUE))
    set_up_engine(config())
except ConfigError as error:
    sys.exit(str(error))
carry_through_celery(config())
app.conf.task_routes = {task: {"queue": queue} for task, queue in QUEUES.items()}
app.conf.beat_schedule = {
    "sweep": {
        "task": "salesfiles.sweep",
        "schedule": float(config().sweep_every),
        # A worker that was away finds one sweep to do, not hundreds.
        "options": {"expires": float(config().sweep_every)},
    },
    "sweep the catalogues": {"task": "catalogue.sweep", "schedule": 60.0, "options": {"expires": 60.0}},
    "sweep the links": {
        "task": "links.sweep",
        "schedule": float(config().sweep_every),
        "options": {"expires": float(config().sweep_every)},
    },
    "look at folders": {"task": "links.look", "schedule": 60.0, "options": {"expires": 60.0}},
    "sweep the stored responses": {"task": "idempotency.sweep", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "sweep the reports": {"task": "reports.sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    # The ECB publishes at 16:00 in Frankfurt, which is 15:00 UTC at the latest.
    "fetch exchange rates": {
        "task": "rates.fetch",
        "schedule": crontab(hour=16, minute=11),
        "options": {"expires": 6 * 3600.0},
    },
    "remove garbage": {"task": "upkeep.gc", "schedule": crontab(hour=3, minute=17)},
}
app.autodiscover_tasks()
# Celery would open a new connection to the database for every task. `_check_connections` looks after them instead.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@worker_init.connect
def _remove_abandoned_folders(**_: object) -> None:
    remove_abandoned(config().work_dir)


@task_prerun.connect
@task_postrun.connect
def _check_connections(**_: object) -> None:
    """Close connections that are too old or broken, as Django does around a request."""
    from django.db import close_old_connections

    close_old_connections()
