"""Redis: the settings with which both Celery applications use it as broker, and a client for all other uses."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from oas.kernel.config import GliderConfig


def broker_settings(config: GliderConfig, *, queue: str) -> dict[str, Any]:
    """Settings for `Celery.conf.update` of an application whose tasks go to `queue` by default."""
    return {**_connection_settings(config), **_task_settings(config), "task_default_queue": queue}


def _connection_settings(config: GliderConfig) -> dict[str, Any]:
    return {
        "broker_url": config.redis_url.get_secret_value(),
        "broker_transport_options": {
            # One value for all applications on the broker, because the shortest would win, and longer than the longest
            # task, or running work would be delivered again (Celery, "Using Redis", "Visibility timeout").
            "visibility_timeout": config.visibility_timeout,
            "socket_timeout": 15,
            "socket_connect_timeout": 5,
            "retry_on_timeout": True,
            "health_check_interval": 30,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 5,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
    }


def _task_settings(config: GliderConfig) -> dict[str, Any]:
    limit = min(config.job_time_limit, config.visibility_timeout - 1)
    return {
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        # A message is acknowledged when its task has ended, so one whose worker dies is delivered again.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_time_limit": limit,
        "task_soft_time_limit": limit * 0.95,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_soft_shutdown_timeout": 30.0,
        "timezone": "UTC",
    }


def redis_client(url: str, *, timeout: float) -> redis.Redis:
    """A client that waits one second for a connection, and `timeout` seconds for an answer."""
    # One attempt more, for a connection that has gone stale, and no pause: no request waits for a Redis that is down.
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=1, retry=retry)
