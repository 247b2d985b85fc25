"""What `/metrics` tells Prometheus: numbers of requests, usage, pages and connections, and nothing of what was sent.

They are always counted. Where PROMETHEUS_MULTIPROC_DIR is set, which gunicorn.conf.py does, those of all processes that
share the folder are told as one.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.core import REGISTRY, InfoMetricFamily

from orgdash.version import VERSION, catalogue_version

SHARED = "PROMETHEUS_MULTIPROC_DIR"
NONE = "none"  # the address of what no route takes: a wrong host, a page that is not there
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_requests = Counter("orgdash_requests", "Requests that were answered", ["address", "status"])
_seconds = Histogram("orgdash_request_seconds", "Until an answer begins", ["address"], buckets=BUCKETS)
_events = Counter("orgdash_events", "Events by what became of them", ["door", "outcome"])
_newest = Gauge(
    "orgdash_newest_event_timestamp_seconds", "When the newest event that came was", ["door"], multiprocess_mode="max"
)
_pages = Gauge("orgdash_pages", "Pages that are being made, or wait for it", ["state"], multiprocess_mode="livesum")
_refused = Counter("orgdash_pages_refused", "Pages for which there was no place to wait")
_connections = Gauge("orgdash_database_connections", "Open connections to PostgreSQL", multiprocess_mode="livesum")

_newest_by_door: dict[str, float] = {}  # of this process
View = Callable[[HttpRequest], HttpResponseBase]


def every_request(get_response: View) -> View:
    """Middleware."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = get_response(request)
        address = _address(request)
        _seconds.labels(address).observe(time.perf_counter() - began)
        _requests.labels(address, str(response.status_code)).inc()
        return response

    return answered


def _address(request: HttpRequest) -> str:
    """The route, never the path: that has names and is without end."""
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route}"
    return settings.STATIC_URL if request.path_info.startswith(settings.STATIC_URL) else NONE


def usage_came(door: str, outcomes: Mapping[str, int], newest: datetime | None) -> None:
    """What became of the events of one request; `newest` is the instant of the newest that was taken."""
    for outcome, count in outcomes.items():
        _events.labels(door, outcome).inc(count)
    if newest is not None:
        _newest_by_door[door] = max(newest.timestamp(), _newest_by_door.get(door, 0))
        _newest.labels(door).set(_newest_by_door[door])


def pages(state: str, more: int) -> None:
    """`more` pages are in a state: made or waiting."""
    _pages.labels(state).inc(more)


def page_refused() -> None:
    _refused.inc()


def connections(more: int) -> None:
    _connections.inc(more)


class _Build:
    """Which version runs. Said when it is asked: several processes say it once."""

    def collect(self) -> Iterator[InfoMetricFamily]:
        told = {"version": VERSION, "catalogue": catalogue_version()}
        yield InfoMetricFamily("orgdash_build", "Which version runs, with which list prices", value=told)


def told() -> bytes:
    """In Prometheus's text."""
    if not os.environ.get(SHARED):
        return generate_latest(REGISTRY) + generate_latest(_only_build())
    registry = _only_build()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _only_build() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Build())
    return registry
