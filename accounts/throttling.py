"""Throttles: how many requests a client may send in a minute, counted in Redis.

While Redis is down no request is throttled: throttles protect capacity, not access (lockouts after failed logins are
in the database).
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import Organisation
from accounts.quotas import most_requests
from oas.api.errors import LimitReached
from oas.kernel.broker import redis_client
from oas.middleware import address_of

WINDOW = 60  # seconds
log = structlog.get_logger(__name__)


def count(key: str) -> int:
    """Count `key` once more; returns how often it has been counted. One round trip. Raises RedisError."""
    # INCR is atomic: of requests at the same time each gets a number of its own, and none slips through.
    steps = _redis().pipeline()
    steps.incr(key)
    steps.expire(key, 2 * WINDOW)
    return int(steps.execute()[0])


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis_client(settings.CONFIG.redis_url.get_secret_value(), timeout=2)


class WindowThrottle(BaseThrottle):
    """Allows `limit()` requests per minute to each `client()`."""

    scope = ""

    def limit(self) -> int:
        raise NotImplementedError

    def client(self, request: Request) -> str:
        return address_of(request)

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            return self._count(self.client(request)) <= self.limit()
        except RedisError as error:
            log.warning("throttle_skipped", error=str(error))
            return True

    def _count(self, client: str) -> int:
        return count(f"throttle:{self.scope}:{client}:{int(time.time()) // WINDOW}")

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return WINDOW - time.time() % WINDOW


class RequestThrottle(WindowThrottle):
    """Throttles every request: by API key, person or (unauthenticated) address; and by organisation, all together."""

    scope = "requests"

    def limit(self) -> int:
        return int(settings.CONFIG.requests_per_minute)

    def client(self, request: Request) -> str:
        return f"{request.user.pk}" if request.user.is_authenticated else address_of(request)

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the client is below its limit. Raises `LimitReached` when its organisation is not below its own."""
        if not super().allow_request(request, view):
            return False
        # Set by the permissions, which DRF checks before throttles; absent where a view needs no access.
        access = getattr(request._request, "oas_access", None)
        if access is not None:
            self._refuse(access.organisation)
        return True

    def _refuse(self, organisation: Organisation) -> None:
        most = most_requests(organisation)
        try:
            counted = self._count(f"organisation:{organisation.pk}")
        except RedisError:
            return
        if counted > most:
            text = f"Your organisation may ask {most} times a minute, all of its people and keys together."
            raise LimitReached(text, limit="requests_a_minute", most=most, wait=self.wait())


class LoginThrottle(WindowThrottle):
    """Throttles attempts to log in, by address."""

    scope = "logins"

    def limit(self) -> int:
        return int(settings.CONFIG.logins_per_minute)
