"""The addresses that machines probe: `/livez`, `/readyz` and `/metrics`.

`/livez`: the process answers. `/readyz`: the services that it depends on answer as well; they are asked at the same
time, and each has a time limit. `/metrics`: see `oas.metrics`.
"""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from oas import metrics
from oas.kernel.documents import documents
from oas.kernel.storage import storage
from oas.middleware import address_of

PATIENCE = 3.0  # seconds that a service has to answer
Probe = Callable[[], object]
log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers the three addresses.

    Stands before the middleware of Django, because a probe by IP address must not fail for its Host header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {"/livez": livez, "/readyz": readyz, "/metrics": metrics_page}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path)
        if view is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return view(request)


def livez(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 with the latency of each service, or 503 naming those that are down."""
    services = check_services(PROBES)
    down = sorted(name for name, service in services.items() if service["status"] != "ok")
    # In public, in this body and in that of a 503, services are called parts.
    body = {"status": "down" if down else "ok", "down": down, "parts": services}
    return JsonResponse(body, status=503 if down else 200)


def metrics_page(request: HttpRequest) -> HttpResponse:
    if not _may_see_metrics(request):
        return HttpResponse(status=404)
    return HttpResponse(metrics.scrape(), content_type=CONTENT_TYPE_LATEST)


# --- services ---


def check_services(probes: dict[str, Probe], patience: float = PATIENCE) -> dict[str, dict[str, Any]]:
    """Call all `probes` at the same time, and wait `patience` seconds for all of them together.

    Returns by name `status` (ok, down) and `milliseconds` or `error`.
    """
    started = time.perf_counter()
    answers = {name: _executor(name).submit(_timed, probe) for name, probe in probes.items()}
    return {
        name: _outcome(name, answer, patience - (time.perf_counter() - started), patience)
        for name, answer in answers.items()
    }


def ask_database() -> None:
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        # Connections are per thread: no request of Django's ends here that would close this one.
        connection.close()


def ask_redis() -> None:
    cache.get("ready")


def ask_documents() -> None:
    documents().ping()


def ask_storage() -> None:
    storage().ping()


PROBES: dict[str, Probe] = {
    "database": ask_database,
    "redis": ask_redis,
    "mongodb": ask_documents,
    "s3": ask_storage,
}


@lru_cache(maxsize=16)
def _executor(service: str) -> ThreadPoolExecutor:
    # Two threads per service: one that hangs blocks no other and, however long it is probed, adds no more threads.
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"ready-{service}")


def _timed(probe: Probe) -> float:
    """Call `probe`; returns how many milliseconds it took."""
    started = time.perf_counter()
    probe()
    return round((time.perf_counter() - started) * 1000, 1)


def _outcome(name: str, answer: Future[float], left: float, patience: float) -> dict[str, Any]:
    try:
        return {"status": "ok", "milliseconds": answer.result(timeout=max(left, 0))}
    except FutureTimeout:
        answer.cancel()
        reason = f"no answer within {patience:g} seconds"
    except Exception as error:
        log.warning("part_down", part=name, error=str(error))
        # The text may hold addresses, so it goes to the log alone.
        reason = type(error).__name__
    return {"status": "down", "error": reason}


# --- metrics ---


def _may_see_metrics(request: HttpRequest) -> bool:
    """Whether `request` has the token, where one is set, or else comes from a private address."""
    token = settings.CONFIG.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    try:
        return not ipaddress.ip_address(address_of(request)).is_global
    except ValueError:
        return False
