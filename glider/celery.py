"""The Celery application of Glider. Run `celery -A glider.celery worker -Q glider`; it needs no Django, no database."""

from __future__ import annotations

import sys

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init, worker_process_shutdown

from glider.contract import QUEUE
from oas.kernel.broker import broker_settings
from oas.kernel.config import ConfigError, glider_config
from oas.kernel.engine import set_up_engine
from oas.kernel.logs import configure_logging
from oas.kernel.workspace import remove_abandoned

app = Celery("glider", include=["glider.tasks"])
try:
    app.conf.update(broker_settings(glider_config(), queue=QUEUE))
    set_up_engine(glider_config())
except ConfigError as error:
    sys.exit(str(error))


@setup_logging.connect
def _logging(**_: object) -> None:
    configure_logging(glider_config())


@worker_init.connect
def _tidy(**_: object) -> None:
    remove_abandoned(glider_config().work_dir)


@worker_process_init.connect
def _warm(**_: object) -> None:
    """Load the engine in each process after the fork (its threads would not survive one), before the first job."""
    from glider import heartbeat, runner

    heartbeat.tell_presence()
    runner.warm_up()


@worker_process_shutdown.connect
def _finish(**_: object) -> None:
    from glider.notifier import notifier

    notifier().finish()
