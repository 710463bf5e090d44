"""The Celery application of Glider: `celery -A glider.celery worker -Q glider`. It needs no Django and no database."""

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
# The engine reads its settings once, when Polars is first imported: they are set here, before any task can do so.
try:
    app.conf.update(broker_settings(glider_config(), queue=QUEUE))
    set_up_engine(glider_config())
except ConfigError as error:
    sys.exit(str(error))


@setup_logging.connect
def _set_up_logging(**_: object) -> None:
    configure_logging(glider_config())


@worker_init.connect
def _remove_leftovers(**_: object) -> None:
    """Remove the temporary folders that killed workers left."""
    remove_abandoned(glider_config().work_dir)


@worker_process_init.connect
def _prepare_process(**_: object) -> None:
    """Register the worker process and load the engine, before its first job."""
    # Imported after the fork, because the threads of the engine would not survive it.
    from glider import heartbeat, runner

    heartbeat.start_presence()
    runner.warm_up()


@worker_process_shutdown.connect
def _finish_notifications(**_: object) -> None:
    from glider.notifier import notifier

    notifier().finish()
