"""/healthz: the process is up, and in which version; it never asks the database.

/readyz: the database answers and every migration is applied; whether the second lock is on.

/metrics: numbers for Prometheus, for who has METRICS_TOKEN; it never asks the database either.
"""

import logging
from secrets import compare_digest

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from orgdash import measures
from orgdash.second_lock import WHY_OFF
from orgdash.version import VERSION

logger = logging.getLogger(__name__)


@csrf_exempt
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "version": VERSION})


@csrf_exempt
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    try:
        executor = MigrationExecutor(connection)
        locked = connection.second_lock_is_on()  # type: ignore[attr-defined]  # our own backend
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Error:
        logger.warning("not ready", exc_info=True)
        return JsonResponse({"status": "unavailable", "detail": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"status": "unavailable", "detail": f"{missing} migrations are not applied"}, status=503)
    return JsonResponse({"status": "ok", "secondLock": "on" if locked else WHY_OFF})


@csrf_exempt
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        refused = HttpResponse("METRICS_TOKEN is wanted as a bearer token.\n", status=401, content_type="text/plain")
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    return HttpResponse(measures.told(), content_type=CONTENT_TYPE_LATEST)
