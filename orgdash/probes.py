"""/healthz: the process is up, and in which version; it never asks the database.

/readyz: the database answers and every migration is applied.
"""

import logging

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

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
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Error:
        logger.warning("not ready", exc_info=True)
        return JsonResponse({"status": "unavailable", "detail": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"status": "unavailable", "detail": f"{missing} migrations are not applied"}, status=503)
    return JsonResponse({"status": "ok"})
