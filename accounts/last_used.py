"""When an API key or an access token was used last, to the minute: what nobody uses any more can be revoked.

Time here is the database's own clock, whatever clock the reports use.
"""

import logging
from datetime import timedelta
from typing import TypeVar

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import AccessToken, ApiKey

log = logging.getLogger(__name__)
Secret = TypeVar("Secret", ApiKey, AccessToken)
_LONG_AGO = Q(last_used_at=None) | Q(last_used_at__lte=Now() - timedelta(minutes=1))


def with_last_use(rows: QuerySet[Secret]) -> QuerySet[Secret]:
    """Each row knows whether `note_use` has something to write."""
    return rows.annotate(use_is_news=_LONG_AGO)


def note_use(row: ApiKey | AccessToken) -> None:
    """Writes at most once a minute, waits for nobody, and never fails: the request matters, this does not."""
    if not getattr(row, "use_is_news", False):
        return
    rows = type(row)._default_manager
    free = rows.select_for_update(skip_locked=True, no_key=True).filter(_LONG_AGO, pk=row.pk)
    try:
        with transaction.atomic():
            rows.filter(pk__in=free.values("pk")).update(last_used_at=Now())
    except DatabaseError:
        log.warning("The last use of %s could not be written", row.pk, exc_info=True)
