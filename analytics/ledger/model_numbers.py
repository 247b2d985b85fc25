"""Models as sent → the numbers of their rows, which are made where there are none."""

from collections.abc import Iterable

from django.db import connection, transaction

from analytics.canonical import canonical
from analytics.models import Model

NAMELESS = ("", "")  # of a void event that does not say what it was; no row has its number


def model_numbers(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(provider, model) as sent → number of its Model row, made where there is none.

    New rows are committed by themselves, before the events: they are shared by all organizations, and a writer of one
    would otherwise wait for a writer of another.
    """
    if not names:
        return {}
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


def canonical_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(provider, model) as sent → canonical model, aliases included, of those that have a row."""
    wanted = sorted(set(names))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, coalesce(a.canonical, m.canonical) FROM analytics_model m"
            " JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)"
            " LEFT JOIN analytics_modelalias a USING (provider, name)",
            [[provider for provider, _name in wanted], [name for _provider, name in wanted]],
        )
        return {(provider, name): model for provider, name, model in cursor.fetchall()}


def _known_models(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    nameless = {NAMELESS: 0} if NAMELESS in names else {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provider, name, id FROM analytics_model "
            "JOIN unnest(%s::text[], %s::text[]) AS sent(provider, name) USING (provider, name)",
            [list(column) for column in zip(*names, strict=True)],
        )
        return nameless | {(provider, name): number for provider, name, number in cursor.fetchall()}
