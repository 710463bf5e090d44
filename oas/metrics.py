"""Metrics for Prometheus: requests are counted as they happen, everything else is looked up at every scrape.

Under gunicorn every worker writes to a file of its own in PROMETHEUS_MULTIPROC_DIR (set in gunicorn.conf.py), and the
worker that is scraped adds the files up. Apps add gauges of their own with `register`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

log = structlog.get_logger(__name__)
Samples = Iterable[tuple[Sequence[str], float]]  # the values of the labels, and the number

_registry = CollectorRegistry()
_requests = Counter("oas_requests", "HTTP requests answered.", ["method", "route", "status"], registry=_registry)
_seconds = Histogram("oas_request_seconds", "How long an answer took.", ["method", "route"], registry=_registry)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@dataclass(frozen=True)
class Gauge:
    """A gauge of an app: `look_up` returns its samples."""

    name: str
    help: str
    labels: Sequence[str]
    look_up: Callable[[], Samples]


_gauges: dict[str, Gauge] = {}


def register(name: str, help: str, labels: Sequence[str], look_up: Callable[[], Samples]) -> None:
    """Have `look_up` called at every scrape. A second call with the same `name` replaces the first."""
    _gauges[name] = Gauge(name, help, labels, look_up)


def counts(rows: QuerySet[Any], field: str) -> dict[str, float]:
    """The number of `rows` for each value of `field`."""
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def ages(rows: QuerySet[Any], field: str, since: str) -> dict[str, float]:
    """Seconds since the oldest time in the field `since`, for each value of `field`."""
    oldest: dict[str, datetime] = dict(rows.order_by().values_list(field).annotate(Min(since)))
    return {name: (timezone.now() - time).total_seconds() for name, time in oldest.items()}


def filled(names: Iterable[str], found: dict[str, float]) -> Samples:
    """A sample for each of `names`, 0 where nothing was found, so that an alarm can tell zero from silence."""
    return [((str(name),), found.get(name, 0)) for name in names]


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered with `status` after `seconds`."""
    # A client can invent methods, and each would be a time series of its own.
    method = method if method in _METHODS else "OTHER"
    _requests.labels(method, route, str(status)).inc()
    _seconds.labels(method, route).observe(seconds)


def scrape() -> bytes:
    """All metrics in the text format of Prometheus."""
    return generate_latest(_requests_of_all_workers()) + generate_latest(_looked_up())


def _requests_of_all_workers() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return _registry
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _looked_up() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Gauges())
    return registry


class _Gauges(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in _gauges.values():
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for labels, value in _values(gauge):
                family.add_metric(labels, value)
            yield family


def _values(gauge: Gauge) -> Samples:
    # A gauge that cannot be looked up is left out: when a service is down, the others matter most.
    try:
        return list(gauge.look_up())
    except Exception:
        log.exception("gauge_failed", gauge=gauge.name)
        return []
