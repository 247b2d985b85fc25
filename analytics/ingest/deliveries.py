"""Which requests brought usage in the last day, and what became of each: what the page of incoming usage shows.

One statement after the work is done, in no transaction with it. A request never fails for it.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import Error, OperationalError, connection
from django.http import HttpRequest
from django_guid import get_guid
from psycopg.types.json import Jsonb

from accounts.api_error import ApiError
from accounts.models import AccessToken, ApiKey
from analytics.ingest.event_rules import WORDS
from analytics.ingest.receipt import COUNTED, Receipt
from orgdash import measures, prepared

logger = logging.getLogger(__name__)
ENDPOINTS = ("/usage/events", "/usage/litellm", "/v1/traces", "/v1/logs")
KEPT = 50  # of each endpoint and sender
KEPT_FOR = timedelta(days=1)
NAMED, LONGEST_FIELD, LONGEST_REASON = 10, 100, 200
FAILED = (
    "Something failed here: the server's log says what, under this request's id. The sender was told to send again."
)

_COUNTS = (*COUNTED, "conflicting", "mended", "refused")
_COLUMNS = (
    *("organization_id", "answered_at", "request_id", "endpoint", "api_key_id", "access_token_id", "error_status"),
    *_COUNTS,
    "named",
)
# Others that write at the same time may drop the same rows: whoever has them locked does.
_WRITE = """
WITH written AS (
    INSERT INTO analytics_delivery ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING
), old AS (
    SELECT organization_id, answered_at, request_id FROM analytics_delivery
    WHERE organization_id = %(organization_id)s AND answered_at < %(before)s
    ORDER BY answered_at LIMIT 100 FOR UPDATE SKIP LOCKED
), surplus AS (
    SELECT organization_id, answered_at, request_id FROM analytics_delivery
    WHERE {sender} AND (answered_at, request_id) <= (
        SELECT answered_at, request_id FROM analytics_delivery WHERE {sender}
        ORDER BY answered_at DESC, request_id DESC OFFSET {kept} - 1 LIMIT 1)
    LIMIT 100 FOR UPDATE SKIP LOCKED
)
DELETE FROM analytics_delivery WHERE (organization_id, answered_at, request_id) IN (
    SELECT * FROM old UNION ALL SELECT * FROM surplus)"""
_BY_KEY = "api_key_id = %(api_key_id)s AND access_token_id IS NULL"
_BY_TOKEN = "api_key_id IS NULL AND access_token_id = %(access_token_id)s"  # noqa: S105 - no secret

Named = tuple[str, str, str]  # what it is ("refused", "conflicting", "mended"), the field, the reason


def noted(request: HttpRequest, sender: ApiKey | AccessToken, now: datetime, work: Callable[[], Receipt]) -> Receipt:
    """Do the work of a request whose sender is known, and note what became of it, an error too."""
    try:
        receipt = work()
    except ApiError as problem:
        _note(request, sender, now, _outcome(Receipt(), [("refused", *_why(problem))], problem.status))
        raise
    except (OperationalError, MemoryError):
        raise  # who cannot serve now is not asked for more
    except Exception:
        _note(request, sender, now, _outcome(Receipt(), [("refused", "", FAILED)], 500))
        raise
    if request.path_info in ENDPOINTS:
        measures.usage_came(request.path_info, receipt.counts, receipt.newest)
    _note(request, sender, now, _outcome(receipt))
    return receipt


def reason(message: str) -> str:
    """Why something was refused, without the values that were sent.

    >>> reason('must not be negative, got "-5"'), reason('must be "success" or "error", got 7')
    ('must not be negative', 'must be "success" or "error"')
    >>> reason('no API key of project "Team" is described as "a, got b"')
    'no API key of project …'
    """
    text = _before_got(message)
    if text in WORDS.values():
        return text
    if '"' in text or "'" in text:
        # Ours are the words before and after all that is quoted, as text or as bytes; what is quoted may say "got" too.
        text = _before_got(re.sub(r"""("|b').*("|')|".*""", "…", message, flags=re.DOTALL))
    return text[:LONGEST_REASON] if text.isprintable() else ""


def _before_got(message: str) -> str:
    return re.split(r"[,:] got ", message, maxsplit=1)[0]


def field_name(name: str | None) -> str:
    """
    >>> field_name("cost_usd"), field_name("a\\tb"), field_name(None)
    ('cost_usd', '', '')
    """
    return name[:LONGEST_FIELD] if name and name.isprintable() else ""


def _named(receipt: Receipt) -> Iterator[Named]:
    for refusal in receipt.refused:
        yield "refused", field_name(refusal.field), reason(refusal.message)
    for what, named in (("conflicting", receipt.conflicting), ("mended", receipt.mended)):
        for event in named:
            yield from ((what, field_name(name), "") for name in event.fields)


def _why(problem: ApiError) -> tuple[str, str]:
    field = problem.errors[0]["field"] if problem.errors else None
    return field_name(field), reason(problem.detail)


def _note(request: HttpRequest, sender: ApiKey | AccessToken, now: datetime, outcome: dict[str, object]) -> None:
    if request.path_info not in ENDPOINTS:
        return
    place = {"request_id": (get_guid() or "")[:64], "endpoint": request.path_info}
    try:
        _write({**_of(sender), "answered_at": now, "before": now - KEPT_FOR, **place, **outcome})
    except Error:
        logger.exception("%s is answered, and the page of incoming usage will not show it", request.path_info)


def _outcome(
    receipt: Receipt, named: Iterable[Named] | None = None, error_status: int | None = None
) -> dict[str, object]:
    most = Counter(_named(receipt) if named is None else named).most_common(NAMED)
    told = [{"what": what, "field": field, "reason": why, "count": count} for (what, field, why), count in most]
    return {**receipt.counts, "error_status": error_status, "named": Jsonb(told)}


def forget(now: datetime) -> None:
    """Drop what is older than a day, of all organizations: who sends nothing any more drops nothing of its own."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM analytics_delivery WHERE answered_at < %s", [now - KEPT_FOR])


def _of(sender: ApiKey | AccessToken) -> dict[str, int | None]:
    if isinstance(sender, ApiKey):
        return {"organization_id": sender.project.organization_id, "api_key_id": sender.pk, "access_token_id": None}
    return {"organization_id": sender.organization_id, "api_key_id": None, "access_token_id": sender.pk}


def _write(row: dict[str, Any]) -> None:
    sender = _BY_TOKEN if row["api_key_id"] is None else _BY_KEY
    statement = _WRITE.format(
        columns=", ".join(_COLUMNS),
        values=", ".join(f"%({name})s" for name in _COLUMNS),
        sender=f"organization_id = %(organization_id)s AND endpoint = %(endpoint)s AND {sender}",
        kept=KEPT,
    )
    with prepared.cursor() as cursor:
        cursor.execute(statement, row)
