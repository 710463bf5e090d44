"""Redis: how both Celery applications use it as their broker, and a client for everything else that is kept in it."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from oas.kernel.config import GliderConfig


def broker_settings(config: GliderConfig, *, queue: str) -> dict[str, Any]:
    """Settings for `Celery.conf.update`.

    The visibility timeout is one number for all applications on the broker (the shortest would win) and longer than
    the longest task, or running work would be delivered again and again
    (Celery, "Using Redis", "Visibility timeout").
    """
    timeout = config.visibility_timeout
    return {
        "broker_url": config.redis_url.get_secret_value(),
        "broker_transport_options": {
            "visibility_timeout": timeout,
            "socket_timeout": 15,
            "socket_connect_timeout": 5,
            "retry_on_timeout": True,
            "health_check_interval": 30,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 5,
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": queue,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "task_time_limit": min(config.job_time_limit, timeout - 1),
        "task_soft_time_limit": min(config.job_time_limit, timeout - 1) * 0.95,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_soft_shutdown_timeout": 30.0,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
        "timezone": "UTC",
    }


def redis_client(url: str, *, timeout: float) -> redis.Redis:
    """A client that waits a second for a connection and `timeout` seconds for an answer.

    It tries once more without a pause, for a connection that had gone stale: no request waits for a Redis that is down.
    """
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=1, retry=retry)
