"""Counts for Prometheus: requests by route, what waits in the outbox, and the figures of worker and clock.

`/metrics` answers only a caller on this machine or its private network that came by no proxy: figures about the trade are
nobody else's. With several web processes behind one address set PROMETHEUS_MULTIPROC_DIR, as prometheus_client asks.
A worker or clock serves its own figures where METRICS_PORT is set, each process on its own port: so each shows whether it
lives and what it did itself, wherever it runs, and what they share (the outbox) is read from the database by the web.
"""

import ipaddress
import os
import time
from functools import cache

from flask import Blueprint, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

from config.settings import Settings, SettingsError
from workflows.domain.errors import NotFound

REQUESTS = Counter("partnerline_requests_total", "Requests answered.", ("method", "route", "status"))
LATENCY = Histogram(
    "partnerline_request_seconds",
    "Time to answer.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTBOX_ROWS = Gauge(
    "partnerline_outbox_rows", "Rows of the outbox.", ("queue", "state"), multiprocess_mode="mostrecent"
)
OUTBOX_OLDEST = Gauge(
    "partnerline_outbox_oldest_due_seconds",
    "Age of the oldest row that should have left.",
    multiprocess_mode="mostrecent",
)
LIMITS_ALONE = Gauge(
    "partnerline_limits_alone", "1 while rate limits are counted by this process alone.", multiprocess_mode="max"
)

blueprint = Blueprint("metrics", __name__)


def observe(status: int) -> float:
    """Count the request just answered; how many seconds it took."""
    seconds = time.perf_counter() - float(g.get("started", time.perf_counter()))
    route = request.url_rule.rule if request.url_rule else "(none)"
    method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "OTHER"
    _counter(method, route, str(status)).inc()
    _clock(method, route).observe(seconds)
    return seconds


# Looking a label set up costs more than counting in it; routes, methods and statuses are few.
_counter = cache(REQUESTS.labels)
_clock = cache(LATENCY.labels)


def refuse_strangers() -> None:
    """Raises NotFound for a caller from outside, or one that a proxy brought."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        raise NotFound()
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        raise NotFound() from None
    if not (address.is_loopback or address.is_private):
        raise NotFound()


def exposition() -> Response:
    """All figures in Prometheus' text format."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def serve(settings: Settings) -> None:
    """Serve this process's own figures over HTTP from a thread, where METRICS_PORT asks for it. Raises SettingsError."""
    if not settings.metrics_port:
        return
    try:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    except OSError as error:
        place = f"{settings.metrics_host}:{settings.metrics_port}"
        raise SettingsError(f"METRICS_PORT: nothing can be served at {place}: {error.strerror or error}") from None
