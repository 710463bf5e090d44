"""The Celery application of OAS: sweeps, settling, mails. Run `celery -A oas.celery worker` and `… beat`."""

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
app = Celery("oas")
try:
    app.conf.update(broker_settings(config(), queue=QUEUE))
    set_up_engine(config())
except ConfigError as error:
    sys.exit(str(error))
carry_through_celery(config())
app.conf.beat_schedule = {
    "sweep": {
        "task": "salesfiles.sweep",
        "schedule": float(config().sweep_every),
        "options": {"expires": float(config().sweep_every)},  # a worker that was away finds one sweep, not hundreds
    },
    "sweep the catalogues": {"task": "catalogue.sweep", "schedule": 60.0, "options": {"expires": 60.0}},
    "sweep the links": {
        "task": "links.sweep",
        "schedule": float(config().sweep_every),
        "options": {"expires": float(config().sweep_every)},
    },
    "look at folders": {"task": "links.look", "schedule": 60.0, "options": {"expires": 60.0}},
    "sweep the kept answers": {"task": "idempotency.sweep", "schedule": 3600.0, "options": {"expires": 3600.0}},
    "sweep the reports": {"task": "reports.sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    "remove what is left over": {"task": "upkeep.gc", "schedule": crontab(hour=3, minute=17)},
}
app.autodiscover_tasks()
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize  # Celery itself would connect to the database anew for every task


@worker_init.connect
def _tidy(**_: object) -> None:
    remove_abandoned(config().work_dir)


@task_prerun.connect
@task_postrun.connect
def _look_after_connections(**_: object) -> None:
    """As Django does around a request: what is too old or broken goes, the others are looked at before their use."""
    from django.db import close_old_connections

    close_old_connections()
