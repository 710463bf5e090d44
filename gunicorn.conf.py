"""How gunicorn runs OAS (`gunicorn oas.wsgi`); read before a worker starts, so that a bad setting stops it at once."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from oas.kernel.config import ConfigError
from oas.kernel.config import config as read_config  # `config` is a setting of gunicorn's
from oas.kernel.logs import logging_dict
from oas.setting_values import database_settings, mail_settings

try:
    CONFIG = read_config()
    database_settings(CONFIG.database_url.get_secret_value(), timeout=CONFIG.database_timeout)
    mail_settings(CONFIG.email_url)
except ConfigError as error:
    sys.exit(str(error))

MEASURES = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="oas-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = MEASURES
Path(MEASURES).mkdir(parents=True, exist_ok=True)

bind = os.environ.get("OAS_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # heartbeats must not wait for a disk
timeout = 60
graceful_timeout = 30
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = None  # oas.middleware writes a line for each request
logconfig_dict = logging_dict(CONFIG)
control_socket_disable = True
forwarded_allow_ips = "*" if CONFIG.proxies else "127.0.0.1"


def child_exit(server: Any, worker: Any) -> None:
    """Let the measures of a worker that has gone be counted as such."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(MEASURES, ignore_errors=True)
