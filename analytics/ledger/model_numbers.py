"""Models as sent → the numbers of their rows, which are made where there are none."""

from collections.abc import Iterable

from django.db import connection, transaction

from analytics.canonical import canonical
from analytics.models import Model


def model_numbers(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(provider, model) as sent → number of its Model row, made where there is none.

    New rows are committed by themselves, before the events: they are shared by all organizations, and a writer of one
    would otherwise wait for a writer of another.
    """
    known = _known_models(names)
    missing = sorted(names - known.keys())
    if not missing:
        return known
    with transaction.atomic():
        Model.objects.bulk_create(
            [Model(provider=provider, name=name, canonical=canonical(name)) for provider, name in missing],
            ignore_conflicts=True,
        )
    return _known_models(names)


def _known_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, id FROM analytics_model "
            "JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)",
            [list(column) for column in zip(*names, strict=True)],
        )
        return {(provider, name): number for provider, name, number in cursor.fetchall()}
